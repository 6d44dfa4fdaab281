/** For tests: a context of the fake policy, the ledger and the exact grader. */
import { createGrader } from '../graders/index'
import { createFakeHost, type FakeOptions } from '../policy/fake'
import { LORA_TARGETS } from '../policy/policy'
import { ledger } from '../tasks/ledger'
import { START, type Algorithm, type Context } from './algorithm'
import { evaluate, type EvaluationSettings } from './evaluation'
import type { Evaluation, StepReport } from './report'
import { loadTokenizer } from './tokenizer'

export async function fakeContext(changes: Partial<Context> = {}, options?: FakeOptions, valueHead = false): Promise<Context> {
  const host = createFakeHost(options)
  const adapter = { rank: 8, alpha: 16, targets: [...LORA_TARGETS], seed: 0 }
  return {
    policy: await host.open({ model: 'fake', adapter, valueHead }),
    tokenizer: await loadTokenizer((path) => host.file('fake', path)),
    task: ledger.create({ terms: [4, 5] }),
    graders: [createGrader({ name: 'exact', weight: 1 })],
    seed: 3,
    steps: 4,
    ...changes,
  }
}

/** Prepares and runs to the end. */
export async function runAll(algorithm: Algorithm, context: Context, settings: Record<string, unknown>): Promise<StepReport[]> {
  const parsed = algorithm.settings.parse(settings)
  await algorithm.prepare(context.policy, parsed)
  const reports: StepReport[] = []
  for await (const report of algorithm.run(context, parsed)) reports.push(report)
  return reports
}

/** Evaluates on the context's own task, one sampled answer of one round unless `changes` say otherwise. */
export function askAll(context: Context, changes: Partial<EvaluationSettings> = {}, position = START): Promise<Evaluation> {
  const settings: EvaluationSettings = {
    problems: 30,
    num_generations: 1,
    rounds: 1,
    temperature: 1,
    max_completion_length: 22,
    policy: 'current',
    later_policy: 'current',
    variants: [],
    ...changes,
  }
  return evaluate(() => context, settings, position, () => 0)
}
