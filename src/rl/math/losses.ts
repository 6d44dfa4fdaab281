/**
 * The GRPO family's loss and its slope, in f64. With ratio w = exp(lp − old), advantage A of the row, reference log-prob ref:
 *   ℓ = −min(w A, clip(w, 1 − ε, 1 + ε_high) A) + β k3,   k3 = exp(ref − lp) − (ref − lp) − 1, times w when bias-corrected.
 * The loss types differ in the weight of a token only: grpo (arXiv 2402.03300), bnpo, dapo (2503.14476), dr_grpo (2503.20783).
 * Names and metrics are TRL's. An all-masked batch has loss 0 here, where TRL's dapo divides by zero.
 */
import type { PerToken } from '../../policy/policy'

export const LOSS_TYPES = ['grpo', 'dapo', 'dr_grpo', 'bnpo'] as const
export type LossType = (typeof LOSS_TYPES)[number]

export interface PolicyLossSettings {
  loss_type: LossType
  epsilon: number
  epsilon_high: number
  beta: number
  use_bias_correction_kl: boolean
  max_completion_length: number
}

/** One micro-batch of B rows, token lists ragged: [B][T_b]. */
export interface PolicyLossInput {
  logprob: PerToken
  /** Of the policy that made the completions; null: the same as `logprob`, so that every ratio is 1. */
  old: PerToken | null
  /** Needed where β ≠ 0. */
  reference: PerToken | null
  entropy: PerToken
  /** [B] */
  advantages: number[]
  /** [B]; a row that doesn't count has no tokens, but is still one of the B rows. */
  counts: boolean[]
  /** Tokens that count in the whole optimizer step. */
  stepTokens: number
  /** Micro-batches of the step (gradient_accumulation_steps). */
  pieces: number
}

export interface Loss {
  /** This micro-batch's share of the step's loss: shares add up. */
  loss: number
  /** d(loss) / d(logprob), [B][T_b]. */
  slope: PerToken
  metrics: Record<string, number>
}

export function policyLoss(input: PolicyLossInput, settings: PolicyLossSettings): Loss {
  const { logprob, old, reference, entropy, advantages, counts } = input
  const { beta, use_bias_correction_kl: corrected } = settings
  const low = 1 - settings.epsilon
  const high = 1 + settings.epsilon_high
  if (beta !== 0 && !reference) throw new Error(`beta is ${beta} but the reference log-probs are missing; give them, or set beta to 0`)
  const lengths = logprob.map((row, b) => (counts[b] ? row.length : 0))
  const tokens = lengths.reduce((a, b) => a + b, 0)
  const weigh = tokenWeight(settings, input, lengths, tokens)

  let loss = 0
  let kl = 0
  let spread = 0
  const lowRows: number[] = []
  const highRows: number[] = []
  const slope = logprob.map((row, b) => {
    const A = advantages[b]!
    const weight = weigh(b)
    let lows = 0
    let highs = 0
    const slopes = row.map((lp, t) => {
      if (!counts[b]) return 0
      const w = Math.exp(lp - (old ? old[b]![t]! : lp)) // lp − lp, so that a log-prob that is no number shows in the loss
      const plain = w * A
      const clipped = Math.min(Math.max(w, low), high) * A
      let value = -Math.min(plain, clipped)
      let dlp = plain <= clipped ? -plain : 0
      if (beta !== 0) {
        const gap = reference![b]![t]! - lp
        const k3 = Math.exp(gap) - gap - 1
        kl += corrected ? w * k3 : k3
        value += beta * (corrected ? w * k3 : k3)
        dlp += beta * (corrected ? -w * gap : 1 - Math.exp(gap))
      }
      if (w < low && A < 0) lows++
      if (w > high && A > 0) highs++
      spread += entropy[b]![t]!
      loss += weight * value
      return weight * dlp
    })
    lowRows.push(lows)
    highRows.push(highs)
    return slopes
  })

  const share = (n: number) => n / Math.max(1, tokens)
  const rowShare = (of: number[]) => of.map((n, b) => n / Math.max(1, lengths[b]!))
  const lows = lowRows.reduce((a, b) => a + b, 0)
  const highs = highRows.reduce((a, b) => a + b, 0)
  return {
    loss,
    slope,
    metrics: {
      ...(beta !== 0 && { kl: share(kl) }),
      entropy: share(spread),
      'clip_ratio/low_mean': share(lows),
      'clip_ratio/low_min': Math.min(...rowShare(lowRows)),
      'clip_ratio/high_mean': share(highs),
      'clip_ratio/high_max': Math.max(...rowShare(highRows)),
      'clip_ratio/region_mean': share(lows + highs),
    },
  }
}

/** The weight of each token of row b in the step's loss. */
function tokenWeight(
  { loss_type, max_completion_length }: PolicyLossSettings,
  { logprob, pieces, stepTokens }: PolicyLossInput,
  lengths: number[],
  tokens: number,
): (b: number) => number {
  const rows = logprob.length
  switch (loss_type) {
    case 'grpo':
      return (b) => 1 / (Math.max(1, lengths[b]!) * rows * pieces)
    case 'bnpo':
      return () => 1 / (Math.max(1, tokens) * pieces)
    case 'dapo':
      return () => 1 / Math.max(1, stepTokens)
    case 'dr_grpo':
      return () => 1 / (rows * max_completion_length * pieces)
  }
}

/** Cross entropy of completions, −Σ lp / tokens of the whole step (all micro-batches), as TRL's SFTTrainer averages it. */
export function crossEntropy(logprob: PerToken, stepTokens: number): { loss: number; slope: PerToken } {
  const weight = -1 / Math.max(1, stepTokens)
  return {
    loss: weight * logprob.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0),
    slope: logprob.map((row) => row.map(() => weight)),
  }
}
