/**
 * Top-k, top-p and min-p on a whole distribution, in f64: what every policy's sampler means by them. The order is that of Hugging
 * Face's `generate` (temperature, top-k, top-p, min-p); a token that ties with one that is kept is kept.
 */
import type { SampleOptions } from './policy'

export type Truncation = Pick<SampleOptions, 'topP' | 'topK' | 'minP'>

/** Throws a sentence where a value has no meaning. */
export function checkTruncation({ topP = 1, topK = 0, minP = 0 }: Truncation): void {
  if (!(topP > 0 && topP <= 1)) throw new Error(`topP is ${topP}: give a number above 0 and at most 1 (1 keeps every token)`)
  if (!(Number.isInteger(topK) && topK >= 0)) throw new Error(`topK is ${topK}: give a whole number, 0 or more (0 keeps every token)`)
  if (!(minP >= 0 && minP < 1)) throw new Error(`minP is ${minP}: give a number from 0 to below 1 (0 keeps every token)`)
}

/**
 * Log-probs [V] → the log-probs [V] of the tokens that are kept, −∞ for the others, not renormalised. Top-k keeps the k likeliest;
 * top-p keeps a token while those above it hold less than p of what top-k left; min-p keeps p ≥ minP · (the largest p).
 */
export function truncate(log: readonly number[], { topP = 1, topK = 0, minP = 0 }: Truncation): number[] {
  const sorted = [...log].sort((a, b) => b - a)
  let least = topK > 0 && topK < sorted.length ? sorted[topK - 1]! : -Infinity
  if (topP < 1) {
    const left = sorted.filter((lp) => lp >= least)
    const target = topP * left.reduce((sum, lp) => sum + Math.exp(lp), 0)
    let above = 0
    least = left.find((lp) => (above += Math.exp(lp)) >= target) ?? least
  }
  if (minP > 0) least = Math.max(least, sorted[0]! + Math.log(minP))
  return log.map((lp) => (lp >= least ? lp : -Infinity))
}
