/**
 * PPO (arXiv 1707.06347) for language models (2203.02155): sample completions, take the KL to a reference off the reward of each
 * token, estimate advantages with a value head on the policy's own last hidden state (GAE), then several epochs of clipped steps of
 * policy and values on the same completions. Settings, defaults and metrics are TRL's (1.12, experimental.ppo, its last) with these
 * differences: learning_rate 1e-3 (TRL: 3e-6) and value_learning_rate, since the head starts at zero beside an adapter;
 * temperature 1 (TRL: .7) and max_grad_norm 1 (TRL: no clipping); one value head on the policy in place of a model of its own;
 * `questions` × num_generations completions a batch; the means of approxkl and ratio leave out padding; every optimizer step reports,
 * so that …_avg is that step's. `convention` chooses between TRL's averages and ReFT's (rl/math/ppo).
 */
import { z } from 'zod'
import type { PerToken, Row } from '../policy/policy'
import { shuffled } from '../tasks/random'
import { START, type Algorithm, type Context } from './algorithm'
import { estimate, objectiveMetrics, ppoLoss, valuedStates, type Estimates, type Experience } from './math/ppo'
import { rewardMetrics, rewardsOf, type Scores } from './math/rewards'
import { mean } from './math/statistics'
import { adamw, headSettings, requireFinite, requireTraining, withHead } from './optimizer'
import { draw } from './pool'
import type { StepReport, TokenRecord } from './report'
import { countTokens, lengthMetrics, records, rollOut, samplingOf, samplingSettings, scoresOf, truncated, type Rollouts } from './rollouts'
import { endings } from './rounds'
import { finite, mismatch } from './update'

export const ppoSettings = {
  ...samplingSettings,
  questions: z.int().min(1).default(32).describe('prompts of a batch (Q)'),
  num_generations: z.int().min(1).default(1).describe('completions of each prompt (G)'),
  train_questions: z.int().min(0).default(0).describe('training questions that come round again, reshuffled; 0: ever new ones'),
  num_ppo_epochs: z.int().min(1).default(4).describe('times that each batch is gone through'),
  num_mini_batches: z.int().min(1).default(1).describe('optimizer steps of each time through'),
  kl_coef: z.number().min(0).default(0.05).describe('weight of the KL to the reference in the reward of each token'),
  kl_estimator: z.enum(['k1', 'k3']).default('k1').describe('k1: log-ratio; k3: low variance, never negative'),
  reference: z.enum(['start', 'off']).default('start').describe('the KL’s reference: the adapter at the start, or the bare model'),
  cliprange: z.number().positive().default(0.2).describe('how far a ratio may move from 1'),
  vf_coef: z.number().min(0).default(0.1).describe('weight of the value loss'),
  cliprange_value: z.number().positive().default(0.2).describe('how far a value may move from what it was'),
  gamma: z.number().min(0).max(1).default(1).describe('discount of later rewards'),
  lam: z.number().min(0).max(1).default(0.95).describe('GAE’s λ'),
  whiten_rewards: z.boolean().default(false).describe('whether rewards are scaled to variance 1'),
  missing_eos_penalty: z.number().positive().optional().describe('taken from the score of cut completions'),
  convention: z.enum(['trl', 'reft']).default('trl').describe('trl: means over all tokens; reft: first within each completion'),
  ...headSettings,
}
const settings = z.object(ppoSettings)

export type PpoSettings = z.output<typeof settings>

/** Name of the snapshot that the KL is measured against. */
export const REFERENCE = 'reference'

/** The steps after step `begin` of the run, to its end: its schedule and its questions count from there. */
export async function* ppoSteps(context: Context, settings: PpoSettings, begin: number): AsyncGenerator<StepReport, void, void> {
  const { steps } = context
  const { num_ppo_epochs: epochs, num_mini_batches: minis } = settings
  let { step, numTokens, generatedTokens, questions } = context.from ?? START
  if ((step - begin) % (epochs * minis) !== 0)
    throw new Error(`a run cannot go on after step ${step}, in the middle of ${epochs * minis} steps on the same completions`)

  while (step < steps) {
    // Sample completions and score them; what do reference and value head say of each token?
    let since = performance.now()
    const first = ((step - begin) / (epochs * minis)) * settings.questions
    const examples = draw(context, settings.train_questions, first, settings.questions)
    const key = { seed: context.seed, purpose: 'rollout' as const, step: step + 1, prompt: 0 }
    const rollouts = await rollOut(context, examples, { ...samplingOf(settings), key })
    const { rows } = rollouts
    const before = generatedTokens
    const { all, generated } = countTokens(rows)
    numTokens += all
    generatedTokens += generated
    questions += examples.length
    const graded = grade(context, settings, rollouts, step + 1)
    const experience = await look(context, settings, rows, graded.rewards)
    const estimates = estimate(experience, settings)
    const lesson: Lesson = { rollouts, ...graded, experience, estimates }
    const sampling = describe(context, settings, lesson)

    // Several times through the batch, in minibatches, each an optimizer step.
    for (let update = 0; update < epochs * minis && step < steps; update++) {
      const order = minis === 1 ? rows.map((_, b) => b) : shuffled(rows.length, context.seed, step - (update % minis), MINI)
      const size = rows.length / minis
      const part = order.slice((update % minis) * size, (update % minis + 1) * size)
      const spent = context.tokens === undefined ? 0 : before / context.tokens
      const rate = adamw(settings, step + 1 - begin, steps - begin, spent)
      const optimizer = { ...withHead(rate, settings), restart: step === begin }
      const { metrics, tokens } = await learn(context, settings, lesson, part, optimizer, step + 1)
      step++
      yield {
        step,
        metrics: {
          ...finite({ ...(update === 0 && sampling.metrics), ...metrics }),
          num_tokens: numTokens,
          generated_tokens: generatedTokens,
          questions,
          step_time: (performance.now() - since) / 1000,
        },
        groups: update === 0 ? sampling.groups : [],
        tokens,
        resumable: update === epochs * minis - 1,
      }
      since = performance.now()
    }
  }
}

/** Keeps the order of minibatches apart from other streams of the same seed. */
const MINI = 0x6d696e69

/** A batch of completions, and what there is to learn from it. */
interface Lesson {
  rollouts: Rollouts
  given: Scores
  rewards: number[]
  experience: Experience
  estimates: Estimates
}

/** Scores and rewards of a batch of completions. */
function grade(context: Context, { num_generations: size }: PpoSettings, { scores }: Rollouts, step: number) {
  const given = scoresOf(context, scores, size)
  const rewards = rewardsOf(given)
  const missing = rewards.findIndex(Number.isNaN)
  if (missing < 0) return { given, rewards }
  throw new Error(`no grader could score completion ${missing} of step ${step}, and PPO needs a score of each; add a grader that can`)
}

/** Log-probs and values by the policy that sampled, log-probs by the reference, and the scores. */
async function look(context: Context, settings: PpoSettings, rows: Row[], rewards: number[]): Promise<Experience> {
  const { policy } = context
  const eos = endings(context)
  const batch = { rows, temperature: settings.temperature }
  const { logprob, value } = await policy.forward(batch)
  return {
    old: logprob,
    values: value!, // prepare has seen the head
    reference: await policy.logprobs(batch, settings.reference === 'off' ? 'off' : REFERENCE),
    scores: rewards.map((r, b) => r - (truncated(rows[b]!.completion, eos) ? (settings.missing_eos_penalty ?? 0) : 0)),
    valued: valuedStates(rows.map(({ completion }) => completion.length), settings.max_completion_length, settings.convention),
  }
}

/** One optimizer step on the rows `part` of a batch; returns its metrics and what it saw of the tokens. */
async function learn(
  { policy, signal }: Context,
  settings: PpoSettings,
  { rollouts: { rows, completions }, experience: { old, values, reference }, estimates: { advantages, returns } }: Lesson,
  part: number[],
  optimizer: Parameters<typeof policy.step>[0],
  step: number,
): Promise<{ metrics: Record<string, number>; tokens: TokenRecord }> {
  const of = <T>(all: T[]) => part.map((b) => all[b]!)
  signal?.throwIfAborted()
  const { id, logprob, entropy, value } = await policy.forward({ rows: of(rows), temperature: settings.temperature })
  const batch = { old: of(old), oldValues: of(values), advantages: of(advantages), returns: of(returns) }
  const { loss, slope, metrics } = ppoLoss({ logprob, value: value!, ...batch }, settings)
  requireFinite('the loss', loss, step)
  await policy.backward(id, slope)
  signal?.throwIfAborted()
  const { gradNorm } = await policy.step(optimizer)
  requireFinite('the gradient’s norm', gradNorm, step)
  const spread = mean(entropy.flat())
  const place = (of: PerToken) => rows.map((_, b) => (part.includes(b) ? of[part.indexOf(b)]! : []))
  const sampled = completions.flat().map(({ logprobs }) => logprobs)
  const seen = { logprob: place(logprob), entropy: place(entropy), slope: place(slope.logprob) }
  return {
    metrics: { loss, grad_norm: gradNorm, learning_rate: optimizer.learningRate, entropy: spread, 'policy/entropy_avg': spread, ...metrics },
    tokens: { sampled, ...seen, old, reference, advantages, counts: rows.map((_, b) => part.includes(b)), values, returns },
  }
}

/** What the report says of a batch of completions. */
function describe(context: Context, settings: PpoSettings, { rollouts, given, rewards, experience, estimates }: Lesson) {
  const eos = endings(context)
  const { rows, completions } = rollouts
  const sampled = completions.flat().map(({ logprobs }, b) => logprobs.map((lp, t) => experience.old[b]![t]! - lp))
  return {
    groups: records(context, rollouts, rewards, estimates.advantages.map(mean)),
    metrics: {
      ...lengthMetrics(rows.map(({ completion }) => completion), eos),
      ...rewardMetrics(given, rewards, []),
      ...objectiveMetrics(experience, estimates, settings),
      'val/num_eos_tokens': rows.filter(({ completion }) => !truncated(completion, eos)).length,
      ...mismatch(sampled),
    },
  }
}

export const ppo: Algorithm<typeof settings> = {
  name: 'ppo',
  title: 'PPO: compare each completion with what the value head expected',
  settings,
  valueHead: true,
  presets: [{ name: 'as TRL has it', note: 'Temperature .7, and gradients of any length.', settings: { temperature: 0.7, max_grad_norm: 0 } }],
  conflict({ questions, num_generations, num_mini_batches: minis }) {
    const rows = questions * num_generations
    return rows % minis === 0 ? undefined : `num_mini_batches is ${minis}, which does not divide the ${rows} completions of a batch`
  },
  async prepare(policy, { reference }) {
    requireTraining(policy, { valueHead: true })
    if (reference === 'off') return
    if (!policy.info.can.snapshots) throw new Error('reference is “start”, but this policy keeps no snapshots; set it to “off”')
    await policy.snapshot(REFERENCE)
  },
  run: (context, settings) => ppoSteps(context, settings, 0),
}
