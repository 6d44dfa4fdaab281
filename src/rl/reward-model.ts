/**
 * A reward model for reranking and for weighted votes (arXiv 2110.14168 §4; ReFT, 2401.08967 §4.2): the adapter and the value head
 * learn to tell right completions from wrong ones. The start adapter answers each question of a fixed set several times, equal answers
 * count once, the first grader labels them (right: what passes by it), and
 *
 *   loss = mean over completions of log(1 + e^z) − y z,   z = value after the whole completion, y = 1 where it is right
 *
 * What it has learnt is measured on answers to questions of the test split. Differences from the paper: 8 answers a question (there
 * 100), a head on the policy's adapter in place of a model of its own. A run that is resumed samples its sets again: the same start
 * adapter and the same keys of randomness give the same sets. Afterwards the adapter is a classifier: it no longer answers questions.
 */
import { z } from 'zod'
import { passes } from '../graders/grader'
import type { Row } from '../policy/policy'
import type { Split } from '../tasks/task'
import { START, START_ADAPTER, type Algorithm, type Context } from './algorithm'
import { binaryCrossEntropy } from './math/binary'
import { mean } from './math/statistics'
import { adamw, headSettings, requireFinite, requireTraining, withHead } from './optimizer'
import { answersAtStart, comingRound } from './pool'
import type { StepReport } from './report'
import { countTokens, samplingSettings } from './rollouts'
import { finite } from './update'

const settings = z.object({
  ...samplingSettings,
  train_questions: z.int().min(1).default(100).describe('questions of the fixed set'),
  eval_questions: z.int().min(0).default(50).describe('questions of the test split that it is measured on'),
  eval_every: z.int().min(1).default(10).describe('steps between two measurements; and after the last'),
  num_generations: z.int().min(1).default(8).describe('answers to each question; equal ones count once'),
  questions: z.int().min(1).default(32).describe('completions of a step'),
  ...headSettings,
})

export type RewardModelSettings = z.output<typeof settings>

interface Labelled {
  rows: Row[]
  /** Whether each is right, [rows]. */
  right: boolean[]
  /** Tokens that sampling them took. */
  spent: { all: number; generated: number }
}

async function* run(context: Context, settings: RewardModelSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps, seed } = context
  const learnt = await sampleLabelled(context, settings, 'train', settings.train_questions)
  const held = await sampleLabelled(context, settings, 'test', settings.eval_questions)
  const place = comingRound(learnt.rows.length, seed)
  let { step, numTokens, generatedTokens } = context.from ?? START
  if (step === 0) {
    numTokens = learnt.spent.all
    generatedTokens = learnt.spent.generated
  }

  while (step < steps) {
    const since = performance.now()
    const batch = Array.from({ length: settings.questions }, (_, i) => place(step * settings.questions + i))
    const rows = batch.map((b) => learnt.rows[b]!)
    const right = batch.map((b) => learnt.right[b]!)
    const optimizer = withHead(adamw(settings, step + 1, steps), settings)
    context.signal?.throwIfAborted()
    const { id, logprob, value } = await policy.forward({ rows, temperature: 1 })
    const logits = value!.map((row) => row.at(-1)!)
    const { loss, slope } = binaryCrossEntropy(logits, right)
    requireFinite('the loss', loss, step + 1)
    const zeros = (shape: number[][]) => shape.map((row) => row.map(() => 0))
    await policy.backward(id, { logprob: zeros(logprob), value: zeros(value!).map((row, b) => row.with(-1, slope[b]!)) })
    context.signal?.throwIfAborted()
    const { gradNorm } = await policy.step(optimizer)
    requireFinite('the gradient’s norm', gradNorm, step + 1)
    step++
    numTokens += countTokens(rows).all
    const due = held.rows.length > 0 && (step % settings.eval_every === 0 || step === steps)
    yield {
      step,
      metrics: {
        ...finite({ loss, grad_norm: gradNorm, learning_rate: optimizer.learningRate, ...told(logits, right) }),
        ...(due && prefixed('eval_', finite(await measure(context, held)))),
        num_tokens: numTokens,
        generated_tokens: generatedTokens,
        questions: settings.train_questions,
        step_time: (performance.now() - since) / 1000,
      },
      groups: [],
      resumable: true,
    }
  }
}

/** Answers of the start adapter to the first `count` questions of a split, each once, with their labels. */
async function sampleLabelled(context: Context, settings: RewardModelSettings, split: Split, count: number): Promise<Labelled> {
  const { texts, rows, scores } = await answersAtStart(context, settings, split, count)
  const labelled: Labelled = { rows: [], right: [], spent: countTokens(rows) }
  texts.forEach((group, q) =>
    group.forEach((text, g) => {
      const b = q * group.length + g
      if (group.indexOf(text) < g || scores[0]![b] === null) return
      labelled.rows.push(rows[b]!)
      labelled.right.push(passes(context.graders[0]!, scores[0]![b]))
    }),
  )
  if (split === 'train' && labelled.rows.length === 0)
    throw new Error('no grader could label any of the sampled completions; choose a task with answers')
  return labelled
}

/** How well logits tell right from wrong: the share on the right side of 0, and of pairs of one right and one wrong in order (AUC). */
function told(logits: number[], right: boolean[]): Record<string, number> {
  const of = (label: boolean) => logits.filter((_, i) => right[i] === label)
  const pairs = of(true).flatMap((good) => of(false).map((bad) => Number(good > bad) + Number(good === bad) / 2))
  return {
    accuracy: mean(logits.map((z, i) => Number(z > 0 === right[i]))),
    pairs_in_order: mean(pairs),
    mean_reward: mean(logits),
    frac_right: mean(right.map(Number)),
  }
}

async function measure({ policy }: Context, { rows, right }: Labelled): Promise<Record<string, number>> {
  const { value } = await policy.forward({ rows, temperature: 1 })
  const logits = value!.map((row) => row.at(-1)!)
  return { ...told(logits, right), loss: binaryCrossEntropy(logits, right).loss }
}

const prefixed = (prefix: string, of: Record<string, number>) =>
  Object.fromEntries(Object.entries(of).map(([name, x]) => [prefix + name, x]))

export const reward_model: Algorithm<typeof settings> = {
  name: 'reward_model',
  title: 'Reward model: learn to tell right completions from wrong ones',
  settings,
  valueHead: true,
  conflict: () => undefined,
  async prepare(policy) {
    const { model, can } = policy.info
    requireTraining(policy, { valueHead: true })
    if (!can.snapshots) throw new Error(`${model} keeps no snapshots here, and a reward model samples from one; choose another host`)
    await policy.snapshot(START_ADAPTER)
  },
  run,
}
