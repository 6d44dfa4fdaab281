/**
 * Ratios of two policies on sampled tokens, as TRL has them (1.16). Token: w = e^(lp − old). Sequence (GSPO, arXiv 2507.18071, eq. 7):
 * the geometric mean over the row's tokens, one ratio for all of them. Product (RLOO): e^Σ. All [B][T_b], ragged.
 */
import type { PerToken } from '../../policy/policy'

export const RATIO_LEVELS = ['token', 'sequence'] as const
export type RatioLevel = (typeof RATIO_LEVELS)[number]

/** How sampler and trainer are reconciled: each token or the whole row by e^Σ, cut at the bounds or left out beyond them. */
export const CORRECTIONS = ['token_truncate', 'token_mask', 'sequence_truncate', 'sequence_mask'] as const
export type Correction = (typeof CORRECTIONS)[number]

/** ln w of each token of a row; where tokens don't count they leave a row's ratio alone. */
export function logRatios(differences: number[], mask: boolean[], level: RatioLevel | 'product'): number[] {
  if (level === 'token') return differences
  const sum = differences.reduce((total, d, t) => (mask[t] ? total + d : total), 0)
  const length = mask.reduce((n, counts) => n + Number(counts), 0)
  const whole = level === 'product' ? sum : sum / Math.max(1, length)
  return differences.map(() => whole)
}

/** What a token's loss is multiplied by because the sampler is not quite the policy that learns; `differences` trainer − sampler. */
export function correctionOf(
  differences: PerToken,
  mask: boolean[][],
  mode: Correction,
  { min = -Infinity, max = Infinity }: { min?: number | undefined; max?: number | undefined },
): PerToken {
  const level = mode.startsWith('token') ? 'token' : 'product'
  const bound = mode.endsWith('truncate')
    ? (ratio: number) => Math.min(Math.max(ratio, min), max)
    : (ratio: number) => (ratio < min || ratio > max ? 0 : ratio)
  return differences.map((row, b) => logRatios(row, mask[b]!, level).map((d, t) => bound(mask[b]![t] || level !== 'token' ? Math.exp(d) : 1)))
}

/** Whether a row stays in the loss (arXiv 2512.02556, eq. 9): its advantage is not negative, or mean(sampler − trainer) is small. */
export function onPolicy(differences: number[], mask: boolean[], A: number, threshold: number): boolean {
  return A >= 0 || -(logRatios(differences, mask, 'sequence')[0] ?? 0) <= threshold
}

export interface GammaSettings {
  vespo_k_pos: number
  vespo_lambda_pos: number
  vespo_k_neg: number
  vespo_lambda_neg: number
}

const SMALLEST = Math.log(1e-8)
const LARGEST = 20
const within = (x: number, low: number) => Math.min(Math.max(x, low), LARGEST)

/**
 * vespo's weight of a row: φ(W) = e^(λ + k ln W − λ W), 1 at W = 1 (arXiv 2602.10693). ln W is the sum of lp − old over the row, plus
 * that of the logarithms of the sampler's correction.
 */
export function gamma(differences: number[], mask: boolean[], A: number, settings: GammaSettings, correction?: number[]): number {
  const k = A >= 0 ? settings.vespo_k_pos : settings.vespo_k_neg
  const lambda = Math.max(1e-4, A >= 0 ? settings.vespo_lambda_pos : settings.vespo_lambda_neg)
  const drift = differences.reduce((sum, d, t) => (mask[t] ? sum + within(d, -LARGEST) : sum), 0)
  const more = correction?.reduce((sum, r) => sum + within(Math.log(r), SMALLEST), 0) ?? 0
  const log = within(drift + more, SMALLEST)
  return Math.exp(lambda + k * log - lambda * Math.exp(log))
}
