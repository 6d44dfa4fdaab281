/**
 * The losses of the GRPO family: one table, value ℓ and slope side by side. For a token of log-prob lp in a row of advantage A, w is
 * the ratio of the policy that learns to the one that sampled, of the token or of its whole row (rl/math/ratio):
 *
 *   clipped     −min(min(w, δ) A, clip(w, 1 − ε, 1 + ε_high) A)    arXiv 1707.06347 eq. 7; δ: 2505.07291 (two-sided)
 *   cispo       −min(w, ε_high) A lp                               2506.13585; clipped at ε_high itself, not at 1 + ε_high
 *   sapo        −(4/τ) σ(τ (w − 1)) A,  τ by the sign of A         2511.20347
 *   vespo       −φ(W) A lp,  φ by the sign of A                    2602.10693; W = e^Σ over the row, see gamma()
 *   reinforce   −A lp                                              Williams, 1992
 *
 * cispo's and vespo's factors of A lp are constants, without a slope. The types of the clipped loss differ in what a token weighs:
 * grpo (2402.03300), bnpo, dapo (2503.14476), dr_grpo (2503.20783), luspo (2602.05261), rloo (2402.14740, ratios of whole rows as a
 * product). Names and numbers are TRL's (1.16); reinforce is not there.
 */
import type { PerToken } from '../../policy/policy'

/** What a user may choose; rloo belongs to the algorithm of that name. */
export const LOSS_TYPES = ['grpo', 'dapo', 'dr_grpo', 'bnpo', 'cispo', 'sapo', 'vespo', 'luspo', 'reinforce'] as const
export type LossType = (typeof LOSS_TYPES)[number]

export interface TermSettings {
  epsilon: number
  epsilon_high: number
  delta?: number | undefined
  sapo_temperature_pos: number
  sapo_temperature_neg: number
}

export interface Token {
  lp: number
  w: number
  /** The same number as w, standing for a constant: its slope is not taken. */
  constant: number
  /** vespo's weight of the row, a constant too. */
  phi: number
  A: number
}

export interface Term {
  value: number
  /** ∂ℓ/∂lp while the ratio stands still. */
  byLogprob: number
  /** ∂ℓ/∂ln w. */
  byRatio: number
}

/** A micro-batch, for the weights of its tokens. */
export interface Weighing {
  /** Rows of the micro-batch (B). */
  rows: number
  /** Tokens that count: of the row, of the micro-batch, of the optimizer step. */
  length: number
  tokens: number
  stepTokens: number
  /** Micro-batches of the step. */
  pieces: number
  max_completion_length: number
}

export interface LossKind {
  term(token: Token, settings: TermSettings): Term
  /** Of one token, in the step's loss. */
  weight(batch: Weighing): number
  /** The row's ratio is the product of its tokens', whatever level the settings choose. */
  product?: true
}

function clipped({ w, A }: Token, { epsilon, epsilon_high, delta = Infinity }: TermSettings): Term {
  const [low, high] = [1 - epsilon, 1 + epsilon_high]
  const plain = { value: Math.min(w, delta) * A, slope: w <= delta ? w * A : 0 }
  const held = { value: Math.min(Math.max(w, low), high) * A, slope: w >= low && w <= high ? w * A : 0 }
  const lesser = plain.value < held.value ? plain : held
  const slope = plain.value === held.value ? (plain.slope + held.slope) / 2 : lesser.slope // a tie is shared, as in torch
  return { value: -lesser.value, byLogprob: 0, byRatio: -slope }
}

function cispo({ lp, constant, A }: Token, { epsilon_high }: TermSettings): Term {
  const factor = Math.min(constant, epsilon_high) * A
  return { value: -factor * lp, byLogprob: -factor, byRatio: 0 }
}

function sapo({ w, A }: Token, { sapo_temperature_pos, sapo_temperature_neg }: TermSettings): Term {
  const tau = A > 0 ? sapo_temperature_pos : sapo_temperature_neg
  const gate = 1 / (1 + Math.exp(-tau * (w - 1)))
  return { value: (-4 / tau) * gate * A, byLogprob: 0, byRatio: -4 * gate * (1 - gate) * w * A }
}

const vespo = ({ lp, phi, A }: Token): Term => ({ value: -phi * A * lp, byLogprob: -phi * A, byRatio: 0 })
const reinforce = ({ lp, A }: Token): Term => ({ value: -A * lp, byLogprob: -A, byRatio: 0 })

const rowMean = ({ rows, length, pieces }: Weighing) => 1 / (Math.max(1, length) * rows * pieces)
const rowSum = ({ rows, pieces }: Weighing) => 1 / (rows * pieces)
const pieceMean = ({ tokens, pieces }: Weighing) => 1 / (Math.max(1, tokens) * pieces)
const stepMean = ({ stepTokens }: Weighing) => 1 / Math.max(1, stepTokens)
const constant = ({ rows, pieces, max_completion_length: longest }: Weighing) => 1 / (rows * longest * pieces)

export const LOSSES: Record<LossType | 'rloo', LossKind> = {
  grpo: { term: clipped, weight: rowMean },
  bnpo: { term: clipped, weight: pieceMean },
  dapo: { term: clipped, weight: stepMean },
  dr_grpo: { term: clipped, weight: constant },
  luspo: { term: clipped, weight: rowSum },
  rloo: { term: clipped, weight: rowMean, product: true },
  cispo: { term: cispo, weight: stepMean },
  sapo: { term: sapo, weight: rowMean },
  vespo: { term: vespo, weight: stepMean },
  reinforce: { term: reinforce, weight: stepMean },
}

/** Whether ε, ε_high and δ bound the ratio. */
export const clips = (type: LossType | 'rloo'): boolean => LOSSES[type].term === clipped

/** Cross entropy of completions, −Σ lp / tokens of the whole step (all micro-batches), as TRL's SFTTrainer averages it. */
export function crossEntropy(logprob: PerToken, stepTokens: number): { loss: number; slope: PerToken } {
  const weight = -1 / Math.max(1, stepTokens)
  return {
    loss: weight * logprob.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0),
    slope: logprob.map((row) => row.map(() => weight)),
  }
}
