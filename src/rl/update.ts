/**
 * One optimizer step of the GRPO family on rows that are sampled and graded: the rows go through the model piece by piece, the
 * slopes of rl/math/losses go back through it and add up, then AdamW. Every algorithm brings its own rows and advantages.
 */
import { z } from 'zod'
import type { PerToken, Policy, Row } from '../policy/policy'
import type { Context } from './algorithm'
import { SCALES } from './math/advantages'
import { LOSS_TYPES, policyLoss } from './math/losses'
import { mean } from './math/statistics'
import { adamw, optimizerSettings, requireFinite } from './optimizer'

export const objectiveSettings = {
  loss_type: z.enum(LOSS_TYPES).default('dapo').describe('what a token weighs in the loss'),
  scale_rewards: z.enum(SCALES).default('group').describe('whose standard deviation divides the advantages'),
  beta: z.number().min(0).default(0).describe('weight of the KL to the reference'),
  reference: z.enum(['off', 'start']).default('off').describe('the KL’s reference: the bare model, or the adapter at the start'),
  use_bias_correction_kl: z.boolean().default(true).describe('whether the KL estimate is weighed by the ratio'),
  epsilon: z.number().positive().default(0.2).describe('how far a ratio may fall below 1'),
  epsilon_high: z.number().positive().optional().describe('how far it may rise above 1; the same as epsilon when left out'),
  gradient_accumulation_steps: z.int().min(1).default(1).describe('equal pieces that a step’s rows go through the model in'),
  ...optimizerSettings,
}

type Settings = z.output<z.ZodObject<typeof objectiveSettings>> & { temperature: number; max_completion_length: number }

/** What a step learns from; all [B], ragged in T. */
export interface Lesson {
  rows: Row[]
  /** Log-probs that the sampler recorded. */
  sampled: PerToken
  advantages: number[]
  /** Which rows count; all of them when left out. */
  counts?: boolean[]
  /** Log-probs of the policy that sampled, where it is no longer the one that learns. */
  old?: PerToken | null
  reference: PerToken | null
}

/** Name of the snapshot that `reference: 'start'` compares with. */
const START_ADAPTER = 'start'

/** Refuses a policy that cannot do what the settings ask for, and takes the snapshot that they compare with. */
export async function prepareUpdates(policy: Policy, { beta, reference }: Pick<Settings, 'beta' | 'reference'>): Promise<void> {
  if (!policy.info.can.train) throw new Error(`${policy.info.model} cannot be trained here; choose a model that can`)
  if (beta === 0 || reference !== 'start') return
  if (!policy.info.can.snapshots) throw new Error('reference is “start”, but this policy keeps no snapshots; set it to “off”')
  await policy.snapshot(START_ADAPTER)
}

/** The reference's log-probs of these rows; null where the settings need none. */
export async function referenceOf({ policy }: Context, settings: Settings, rows: Row[]): Promise<PerToken | null> {
  if (settings.beta === 0) return null
  return policy.logprobs({ rows, temperature: settings.temperature }, settings.reference === 'off' ? 'off' : START_ADAPTER)
}

/** Step number `step` of the run, after `tokens` generated ones. Returns the step's metrics. */
export async function updatePolicy(context: Context, settings: Settings, lesson: Lesson, step: number, tokens: number) {
  const { policy } = context
  const { rows, advantages, sampled, old = null, reference, counts = rows.map(() => true) } = lesson
  const pieces = settings.gradient_accumulation_steps
  const size = rows.length / pieces
  const stepTokens = rows.reduce((sum, { completion }, b) => sum + (counts[b] ? completion.length : 0), 0)
  const optimizer = adamw(settings, step, context.steps, context.tokens === undefined ? 0 : tokens / context.tokens)

  let loss = 0
  const parts: Record<string, number>[] = []
  const differences: number[][] /* [B][T] */ = []
  for (let start = 0; start < rows.length; start += size) {
    const part = <T>(of: T[]) => of.slice(start, start + size)
    context.signal?.throwIfAborted()
    const { id, logprob, entropy } = await policy.forward({ rows: part(rows), temperature: settings.temperature })
    const objective = policyLoss(
      {
        logprob,
        old: old && part(old),
        reference: reference && part(reference),
        entropy,
        advantages: part(advantages),
        counts: part(counts),
        stepTokens,
        pieces,
      },
      { ...settings, epsilon_high: settings.epsilon_high ?? settings.epsilon },
    )
    requireFinite('the loss', objective.loss, step)
    await policy.backward(id, { logprob: objective.slope })
    loss += objective.loss
    parts.push(objective.metrics)
    const current = old ? part(old) : logprob
    part(sampled).forEach((row, b) => differences.push(row.map((lp, t) => current[b]![t]! - lp)))
  }
  context.signal?.throwIfAborted()
  const { gradNorm } = await policy.step(optimizer)
  requireFinite('the gradient’s norm', gradNorm, step)

  const averages = Object.keys(parts[0]!).map((name) => [name, mean(parts.map((of) => of[name]!))] as const)
  return {
    loss,
    grad_norm: gradNorm,
    learning_rate: optimizer.learningRate,
    ...Object.fromEntries(averages),
    ...mismatch(differences),
  }
}

/**
 * How far the sampler's log-probs are from the trainer's, TRL's sampling/… metrics. `differences` [B][T] = trainer − sampler; the
 * ratio is one of each sequence, e^Σ, as TRL's default mode has it (there after its cap of 3, which we do not apply).
 */
export function mismatch(differences: PerToken): Record<string, number> {
  const all = differences.flat().map(Math.abs)
  const ratios = differences.map((row) => Math.exp(row.reduce((a, b) => a + b, 0)))
  const greatest = (xs: number[]) => xs.reduce((a, b) => Math.max(a, b), 0)
  return {
    'sampling/sampling_logp_difference/mean': mean(all),
    'sampling/sampling_logp_difference/max': greatest(all),
    'sampling/importance_sampling_ratio/min': ratios.reduce((a, b) => Math.min(a, b), Infinity),
    'sampling/importance_sampling_ratio/mean': mean(ratios),
    'sampling/importance_sampling_ratio/max': greatest(ratios),
  }
}

/** Without the values that do not exist (a mean over nothing): JSON has no NaN. */
export function finite(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, x]) => Number.isFinite(x)))
}
