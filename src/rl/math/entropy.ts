/**
 * Entropy in the loss, as TRL has it (1.16): which tokens are uncertain enough to be trained (arXiv 2506.01939), and a coefficient of
 * the entropy bonus that follows a target (arXiv 2505.22312, §4). Nats.
 */
import type { PerToken } from '../../policy/policy'

/**
 * Which tokens, of those that count, are among the `top` share by entropy: the ones not below the (1 − top) quantile, which is
 * interpolated between neighbours. 0 leaves the highest alone.
 */
export function uncertain(entropy: PerToken, mask: boolean[][], top: number): boolean[][] {
  const sorted = entropy.flatMap((row, b) => row.filter((_, t) => mask[b]![t])).sort((a, b) => a - b)
  const rank = Math.fround(Math.fround(1 - top) * (sorted.length - 1)) // f32, as there: .4 · 50 is 20, not a little more
  const below = Math.floor(rank)
  const [lower = Infinity, upper = lower] = sorted.slice(below)
  const threshold = lower + (rank - below) * (upper - lower)
  return entropy.map((row, b) => row.map((h, t) => mask[b]![t]! && h >= threshold))
}

export interface EntropySettings {
  entropy_coef: number
  use_adaptive_entropy: boolean
  entropy_target: number
  entropy_coef_delta: number
  entropy_coef_min: number
  entropy_coef_max: number
}

/** What the adaptive coefficient carries from step to step. */
export interface EntropyState {
  coefficient: number
  /** Mean entropy of the step before; absent before the first. */
  last?: number | undefined
}

/** The coefficient that a step's loss uses; undefined where there is no bonus at all. The adaptive one rests above the target. */
export function bonusOf(settings: EntropySettings, { coefficient, last = Infinity }: EntropyState): number | undefined {
  if (settings.use_adaptive_entropy) return last <= settings.entropy_target ? coefficient : 0
  return settings.entropy_coef === 0 ? undefined : settings.entropy_coef
}

/** After a step of this mean entropy, over the tokens that the bonus acts on. */
export function adapt(settings: EntropySettings, { coefficient }: EntropyState, mean: number): EntropyState {
  const { entropy_target, entropy_coef_delta: by, entropy_coef_min, entropy_coef_max } = settings
  const moved = mean <= entropy_target ? Math.min(coefficient + by, entropy_coef_max) : Math.max(coefficient - by, entropy_coef_min)
  return { coefficient: moved, last: mean }
}
