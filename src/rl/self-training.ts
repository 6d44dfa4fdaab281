/**
 * Self-training, the two baselines of ReFT (arXiv 2401.08967, §4.2): imitate demonstrations and what the model itself got right.
 *
 *   offline  the start adapter answers every question of a fixed set several times; its right answers, unlike each other and no more
 *            than `keep` a question, join the demonstrations, and the rest is supervised fine-tuning on all of them
 *   online   each step the current policy answers some of these questions; loss = ½ CE(right answers) + ½ CE(their demonstrations)
 *
 * CE is the mean over the tokens of its half. Right is what passes by the first grader. Questions and demonstrations
 * are the task's training examples 0 … demonstrations − 1. As in the paper, offline fine-tuning begins anew from the bare model
 * (`from`); 16 answers a question, where there are 100. A run that is resumed samples the offline set again: the same start adapter
 * and the same keys of randomness give the same set.
 */
import { z } from 'zod'
import { passes } from '../graders/grader'
import type { Policy, Row } from '../policy/policy'
import { START, START_ADAPTER, type Algorithm, type Context } from './algorithm'
import { crossEntropy } from './math/losses'
import { mean } from './math/statistics'
import { adamw, optimizerSettings, requireFinite, requireTraining } from './optimizer'
import { answersAtStart, comingRound, draw, type Answers } from './pool'
import type { StepReport } from './report'
import { countTokens, demonstration, lengthMetrics, records, rollOut, samplingOf, samplingSettings } from './rollouts'
import { endings } from './rounds'
import { finite } from './update'

const settings = z.object({
  mode: z.enum(['offline', 'online']).default('offline').describe('whether right answers are sampled once before the training, or in each step'),
  from: z.enum(['new', 'start']).default('new').describe('what offline training begins with: a new adapter, or the start adapter that was sampled'),
  demonstrations: z.int().min(1).default(100).describe('questions of the fixed set, each with the task’s solution as its demonstration'),
  ...samplingSettings,
  questions: z.int().min(1).default(16).describe('rows of an offline step; prompts of an online one'),
  num_generations: z.int().min(1).default(16).describe('answers to each question; the paper’s online run has 1'),
  keep: z.int().min(1).default(10).describe('right answers to a question that are learnt from, at most'),
  ...optimizerSettings,
})

export type SelfTrainingSettings = z.output<typeof settings>

/** Keeps the set's orders apart from other streams of the same seed. */
const SELF = 0x73656c66

async function* run(context: Context, settings: SelfTrainingSettings): AsyncGenerator<StepReport, void, void> {
  let position = context.from ?? START
  const pool = settings.mode === 'offline' ? await gather(context, settings) : undefined
  if (pool && position.step === 0 && settings.from === 'new') await context.policy.renew()
  if (pool && position.step === 0) position = { step: 0, numTokens: pool.all, generatedTokens: pool.generated, questions: settings.demonstrations }
  const place = comingRound(pool?.rows.length ?? 0, context.seed, SELF)
  let { step, numTokens, generatedTokens, questions } = position

  while (step < context.steps) {
    const since = performance.now()
    const before = generatedTokens
    let halves: Row[][]
    let metrics: Record<string, number>
    let groups: StepReport['groups'] = []
    if (pool) {
      // The next rows of the set, which comes round in another order each time.
      halves = [Array.from({ length: settings.questions }, (_, i) => pool.rows[place(step * settings.questions + i)]!)]
      metrics = { 'self_training/kept': pool.kept, 'self_training/rows': pool.rows.length, reward: pool.right }
      numTokens += countTokens(halves[0]!).all
    } else {
      // Answers of the policy as it is now; the right ones, and these questions' demonstrations.
      const examples = draw(context, settings.demonstrations, questions, settings.questions)
      const key = { seed: context.seed, purpose: 'rollout' as const, step: step + 1, prompt: 0 }
      const rollouts = await rollOut(context, examples, { ...samplingOf(settings), key })
      const { all, generated } = countTokens(rollouts.rows)
      const { rows, right } = rightRows(context, rollouts, settings)
      halves = [rows, examples.map((example) => demonstration(context, example))]
      const completions = rollouts.rows.map(({ completion }) => completion)
      metrics = { 'self_training/kept': rows.length, reward: mean(right.map(Number)), ...lengthMetrics(completions, endings(context)) }
      groups = records(context, rollouts, right.map(Number), right.map(Number))
      numTokens += all
      generatedTokens += generated
      questions += examples.length
    }
    const spent = context.tokens === undefined ? 0 : before / context.tokens
    const learnt = await imitate(context, halves, adamw(settings, step + 1, context.steps, spent), step + 1)
    step++
    yield {
      step,
      metrics: {
        ...finite({ ...learnt, ...metrics }),
        num_tokens: numTokens,
        generated_tokens: generatedTokens,
        questions,
        step_time: (performance.now() - since) / 1000,
      },
      groups,
      resumable: true,
    }
  }
}

/** The offline set: demonstrations, and the start adapter's right answers to their questions. */
async function gather(context: Context, settings: SelfTrainingSettings) {
  const { demonstrations } = settings
  const answers = await answersAtStart(context, settings, 'train', demonstrations)
  const { rows, right } = rightRows(context, answers, settings)
  const shown = draw(context, 0, 0, demonstrations).map((example) => demonstration(context, example))
  return { rows: [...shown, ...rows], kept: rows.length, right: mean(right.map(Number)), ...countTokens(answers.rows) }
}

/** Which answers are right [B]; and of these the first `keep` to each question that are unlike each other. */
function rightRows({ graders }: Context, { rows, scores, texts }: Answers, { num_generations: G, keep }: SelfTrainingSettings) {
  const right = rows.map((_, b) => passes(graders[0]!, scores[0]![b]))
  const kept = texts.flatMap((group, q) => {
    const first = new Map(group.flatMap((text, g) => (right[q * G + g] ? [[text, q * G + g] as const] : [])).reverse()) // the earliest wins
    return [...first.values()].sort((a, b) => a - b).slice(0, keep).map((b) => rows[b]!)
  })
  return { rows: kept, right }
}

/** One optimizer step towards the rows; each half weighs the same, by the mean over its tokens, though it be empty. */
async function imitate({ policy, signal }: Context, halves: Row[][], optimizer: Parameters<Policy['step']>[0], step: number) {
  signal?.throwIfAborted()
  const rows = halves.flat()
  const { id, logprob, entropy } = await policy.forward({ rows, temperature: 1 })
  let from = 0
  const parts = halves.map((half) => {
    const of = logprob.slice(from, (from += half.length))
    return crossEntropy(of, halves.length * countTokens(half).generated)
  })
  const loss = parts.reduce((sum, part) => sum + part.loss, 0)
  requireFinite('the loss', loss, step)
  await policy.backward(id, { logprob: parts.flatMap(({ slope }) => slope) })
  signal?.throwIfAborted()
  const { gradNorm } = await policy.step(optimizer)
  if (policy.info.can.gradNorm !== false) requireFinite('the gradient’s norm', gradNorm, step)
  return { loss, grad_norm: gradNorm, learning_rate: optimizer.learningRate, entropy: mean(entropy.flat()) }
}

export const self_training: Algorithm<typeof settings> = {
  name: 'self_training',
  title: 'Self-training: imitate demonstrations, and what came out right',
  settings,
  presets: [
    { name: 'offline', note: 'Sixteen answers to each question before the training; right ones join the demonstrations.', settings: { mode: 'offline', num_generations: 16, keep: 10 } },
    { name: 'online', note: 'One answer to each question of a step; half of the loss is of right answers, half of demonstrations.', settings: { mode: 'online', num_generations: 1, keep: 1 } },
  ],
  conflict: () => undefined,
  async prepare(policy, { mode }) {
    requireTraining(policy)
    if (mode === 'online') return
    if (!policy.info.can.snapshots) throw new Error('mode is “offline”, but this policy keeps no snapshots; set it to “online”')
    await policy.snapshot(START_ADAPTER)
  },
  run,
}
