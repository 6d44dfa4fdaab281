/**
 * One optimizer step of the GRPO family on rows that are sampled and graded: the rows go through the model piece by piece, the
 * slopes of rl/math/objective go back through it and add up, then AdamW. Every algorithm brings its own rows and advantages.
 */
import type { PerToken, Policy, Row } from '../policy/policy'
import { START_ADAPTER, type Context, type Position } from './algorithm'
import { adapt, bonusOf, type EntropyState } from './math/entropy'
import { mean } from './math/statistics'
import { hasBonus, type Objective } from './objective-settings'
import { adamw, requireFinite, requireTraining } from './optimizer'
import { correction, driftOf, maskOf, pieceLoss } from './recorded'
import type { TokenRecord } from './report'

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

/** Where the run is: the number of this step, the tokens generated before its rollouts, what the last step left behind. */
export interface Moment {
  step: number
  tokens: number
  state: Position['state']
}

type Reference = Pick<Objective, 'beta' | 'reference' | 'temperature'>

/** Refuses a policy that cannot do what the settings ask for, and takes the snapshot that they compare with. */
export async function prepareUpdates(policy: Policy, settings: Omit<Reference, 'temperature'> & Partial<Objective>): Promise<void> {
  const { beta, reference, entropy_coef = 0, use_adaptive_entropy = false } = settings
  const { can } = policy.info
  requireTraining(policy)
  if (hasBonus({ entropy_coef, use_adaptive_entropy }) && !can.entropySlope)
    throw new Error('the settings ask for an entropy bonus, but this policy takes no slope of the entropy; set entropy_coef to 0')
  if (beta === 0 || reference !== 'start') return
  if (!can.snapshots) throw new Error('reference is “start”, but this policy keeps no snapshots; set it to “off”')
  await policy.snapshot(START_ADAPTER)
}

/** The reference's log-probs of these rows; null where the settings need none. */
export async function referenceOf({ policy }: Context, settings: Reference, rows: Row[]): Promise<PerToken | null> {
  if (settings.beta === 0) return null
  return policy.logprobs({ rows, temperature: settings.temperature }, settings.reference === 'off' ? 'off' : START_ADAPTER)
}

/** Makes the step. Returns its metrics, what it saw of the tokens, and what the next one needs to know. */
export async function updatePolicy(context: Context, settings: Objective, lesson: Lesson, { step, tokens: generated, state }: Moment) {
  const { policy } = context
  const { rows, advantages, sampled, old = null, reference, counts = rows.map(() => true) } = lesson
  const { gradient_accumulation_steps: pieces, importance_sampling_correction: mode } = settings
  const size = rows.length / pieces
  const optimizer = adamw(settings, step, context.steps, context.tokens === undefined ? 0 : generated / context.tokens)
  const before: EntropyState = { coefficient: state?.entropy_coef ?? settings.entropy_coef, last: state?.entropy }
  const bonus = bonusOf(settings, before)

  let loss = 0
  const entropies = { sum: 0, tokens: 0 }
  const parts: Record<string, number>[] = []
  const tokens: TokenRecord = { sampled, logprob: [], entropy: [], old, reference, advantages, counts, slope: [] }
  for (let start = 0; start < rows.length; start += size) {
    context.signal?.throwIfAborted()
    const { id, logprob, entropy } = await policy.forward({ rows: rows.slice(start, start + size), temperature: settings.temperature })
    tokens.logprob.push(...logprob)
    tokens.entropy.push(...entropy)
    const objective = pieceLoss({ ...tokens, advantages }, settings, start, size, bonus)
    requireFinite('the loss', objective.loss, step)
    await policy.backward(id, objective.slope)
    tokens.slope.push(...objective.slope.logprob)
    loss += objective.loss
    entropies.sum += objective.entropy.sum
    entropies.tokens += objective.entropy.tokens
    parts.push(objective.metrics)
  }
  context.signal?.throwIfAborted()
  const { gradNorm } = await policy.step(optimizer)
  if (policy.info.can.gradNorm !== false) requireFinite('the gradient’s norm', gradNorm, step)

  const byRow = mode.startsWith('sequence')
  const gaps = driftOf(tokens)
  const ratios = correction(gaps, maskOf(tokens), settings)?.flatMap((row) => (byRow ? row.slice(0, 1) : row))
  const average = (name: string) => mean(parts.map((of) => of[name]!).filter(Number.isFinite))
  const after = settings.use_adaptive_entropy ? adapt(settings, before, entropies.sum / Math.max(1, entropies.tokens)) : undefined
  return {
    metrics: {
      loss,
      grad_norm: gradNorm,
      learning_rate: optimizer.learningRate,
      ...Object.fromEntries(Object.keys(parts[0]!).map((name) => [name, average(name)])),
      ...(after && { entropy_coef: after.coefficient }),
      ...mismatch(gaps, ratios),
    },
    tokens,
    state: after && { entropy_coef: after.coefficient, entropy: after.last! },
  }
}

/**
 * How far the sampler's log-probs are from the trainer's, TRL's sampling/… metrics. `gaps` [B][T] = trainer − sampler. The ratios are
 * those of the correction; without one each row's own, e^Σ.
 */
export function mismatch(gaps: PerToken, ratios = gaps.map((row) => Math.exp(row.reduce((a, b) => a + b, 0)))): Record<string, number> {
  const all = gaps.flat().map(Math.abs)
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
