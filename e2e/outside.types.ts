/** Compiled against the installed package's types alone, as an engineer's own files would be (outside.check.ts). */
import { openHost } from 'etude/engine'
import { createGrader, type Grader, type WeightedGrader } from 'etude/graders'
import type { Host, Policy } from 'etude/policy'
import { algorithms, loadTokenizer, type Algorithm, type Context, type StepReport } from 'etude/rl'
import { tasks, type Task } from 'etude/tasks'

const brief: Grader = { name: 'brief', title: 'few characters', grade: ({ text }) => 1 / (1 + text.length) }
const named: WeightedGrader = { name: 'exact', weight: 1 }
const own: Algorithm<typeof algorithms.grpo.settings> = { ...algorithms.grpo, name: 'own' }

export async function train(steps: number): Promise<StepReport[]> {
  const host: Host = await openHost()
  const policy: Policy = await host.open({ model: 'ledger', adapter: { rank: 4, alpha: 8, targets: ['q_proj'], seed: 0 } })
  const task: Task = tasks.ledger.create({ terms: [4, 5] })
  const context: Context = {
    policy, task, steps, seed: 0,
    tokenizer: await loadTokenizer((path) => host.file('ledger', path)),
    graders: [createGrader(named), { ...brief, weight: 0.5 }],
  }
  const reports: StepReport[] = []
  for await (const report of own.run(context, own.settings.parse({ questions: 2 }))) reports.push(report)
  return reports
}

// @ts-expect-error a grader answers with a number, not with a text
export const wrong: Grader = { name: 'wrong', title: '', grade: () => 'good' }
