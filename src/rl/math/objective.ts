/**
 * The loss of one micro-batch and its slopes, in f64: a term of rl/math/losses for each token, weighed, then
 *   + β k3,  k3 = exp(ref − lp) − (ref − lp) − 1, times w when bias-corrected (arXiv 2512.02556), and − c H, the entropy bonus.
 * Masks and the sampler's correction multiply the term; the KL escapes them. Names, order and metrics are TRL's (1.16); where nothing
 * counts the loss is 0.
 */
import type { PerToken } from '../../policy/policy'
import { uncertain } from './entropy'
import { clips, LOSSES, type LossType, type Term, type TermSettings } from './losses'
import { gamma, logRatios, onPolicy, type GammaSettings, type RatioLevel } from './ratio'
import { mean } from './statistics'

export interface ObjectiveSettings extends TermSettings, GammaSettings {
  loss_type: LossType | 'rloo'
  importance_sampling_level: RatioLevel
  beta: number
  use_bias_correction_kl: boolean
  max_completion_length: number
  /** Share of the tokens, by entropy, that are trained; 1: all. */
  top_entropy_quantile: number
  off_policy_mask_threshold?: number | undefined
}

/** One micro-batch of B rows, token lists ragged: [B][T_b]. */
export interface ObjectiveInput {
  logprob: PerToken
  /** Of the policy that made the completions; null: the same as `logprob`, so that every ratio is 1. */
  old: PerToken | null
  /** Needed where β ≠ 0. */
  reference: PerToken | null
  entropy: PerToken
  /** [B] */
  advantages: number[]
  /** Which tokens count; a row without any is still one of the B rows. */
  mask: boolean[][]
  /** Tokens that count in the whole optimizer step. */
  stepTokens: number
  /** Micro-batches of the step (gradient_accumulation_steps). */
  pieces: number
  /** What the sampler recorded, for the off-policy mask; `old` when left out. */
  sampled?: PerToken | undefined
  /** What the terms are multiplied by because the sampler is not quite the trainer (correctionOf). */
  correction?: PerToken | undefined
  /** Coefficient c of the entropy bonus; undefined: there is none. */
  bonus?: number | undefined
  /** What stands still under the derivative, where it is not `logprob` itself: for finite differences. */
  constant?: PerToken | undefined
}

export interface Loss {
  /** This micro-batch's share of the step's loss: shares add up. */
  loss: number
  /** d(loss) / d(logprob) and, with a bonus, d(loss) / d(entropy); [B][T_b]. */
  slope: { logprob: PerToken; entropy?: PerToken }
  /** Entropy of the tokens that the bonus acts on. */
  entropy: { sum: number; tokens: number }
  metrics: Record<string, number>
}

/** A row as its tokens see it. */
interface RowView {
  length: number
  /** [T] */
  logRatio: number[]
  constantRatio: number[]
  phi: number
  kept: boolean
}

/** What the loss makes of one token. */
export interface TokenLoss {
  /** The ratio, of the token or of its row, and vespo's weight of the row. */
  w: number
  phi: number
  /** ℓ and its slopes, before masks and the sampler's correction. */
  term: Term
  /** What these are multiplied by: 0 where the token is left out. */
  by: number
  /** The KL's estimate, times w when bias-corrected; 0 where β is 0. */
  k3: number
  /** What the token weighs in the step's loss. */
  weight: number
  /** Its part of the step's loss, without the entropy bonus. */
  share: number
  /** d(loss) / d(logprob) */
  slope: number
}

const NOTHING: Term = { value: 0, byLogprob: 0, byRatio: 0 }

/** A micro-batch as its loss sees it, row by row and token by token, [B] and [B][T_b]. */
function look(input: ObjectiveInput, settings: ObjectiveSettings) {
  const { logprob, reference, entropy, advantages, mask, correction, pieces, stepTokens } = input
  const { beta, use_bias_correction_kl: corrected, loss_type: type, importance_sampling_level: chosen } = settings
  if (beta !== 0 && !reference) throw new Error(`beta is ${beta} but the reference log-probs are missing; give them, or set beta to 0`)
  const kind = LOSSES[type]
  const level = kind.product ? 'product' : chosen
  const rows = logprob.map((_, b) => viewRow(input, settings, b, level))
  const tokens = rows.reduce((sum, { length }) => sum + length, 0)
  const trained = settings.top_entropy_quantile < 1 ? uncertain(entropy, mask, settings.top_entropy_quantile) : mask

  const losses = logprob.map((row, b) => {
    const { length, logRatio, constantRatio, phi, kept } = rows[b]!
    const weight = kind.weight({ rows: rows.length, length, tokens, stepTokens, pieces, max_completion_length: settings.max_completion_length })
    const A = advantages[b]!
    const parts = row.map((lp, t) => {
      const w = Math.exp(logRatio[t]!)
      if (!mask[b]![t]) return { w, phi, term: NOTHING, by: 0, k3: 0, whole: NOTHING }
      const by = kept && trained[b]![t] ? (type === 'vespo' ? 1 : (correction?.[b]![t] ?? 1)) : 0
      const term = kind.term({ lp, w, constant: constantRatio[t]!, phi, A }, settings)
      const whole = { value: term.value * by, byLogprob: term.byLogprob * by, byRatio: term.byRatio * by }
      if (beta === 0) return { w, phi, term, by, k3: 0, whole }
      const gap = reference![b]![t]! - lp
      const k3 = (Math.exp(gap) - gap - 1) * (corrected ? w : 1)
      whole.value += beta * k3
      whole.byLogprob += beta * (1 - Math.exp(gap)) * (corrected ? w : 1)
      whole.byRatio += corrected ? beta * k3 : 0
      return { w, phi, term, by, k3, whole }
    })
    // a row's one ratio moves with each of its tokens: by 1 as a product, by 1 / length as a mean
    const shared = parts.reduce((sum, { whole }) => sum + whole.byRatio, 0) / (level === 'sequence' ? Math.max(1, length) : 1)
    return parts.map(({ whole, ...of }, t): TokenLoss => ({
      ...of,
      weight,
      share: weight * whole.value,
      slope: mask[b]![t] ? weight * (whole.byLogprob + (level === 'token' ? whole.byRatio : shared)) : 0,
    }))
  })
  return { rows, tokens, trained, level, losses }
}

/** Token by token what policyLoss adds up, [B][T_b]. */
export const tokenLosses = (input: ObjectiveInput, settings: ObjectiveSettings): TokenLoss[][] => look(input, settings).losses

export function policyLoss(input: ObjectiveInput, settings: ObjectiveSettings): Loss {
  const { entropy, mask, bonus, pieces } = input
  const { beta, loss_type: type } = settings
  const kind = LOSSES[type]
  const { rows, tokens, trained, level, losses } = look(input, settings)
  let [loss, kl, spread] = [0, 0, 0]
  losses.forEach((row, b) => {
    row.forEach(({ share, k3 }, t) => {
      if (!mask[b]![t]) return
      loss += share
      kl += k3
      spread += entropy[b]![t]!
    })
  })
  const ratios = losses.map((row) => row.map(({ w }) => w))
  const slope = losses.map((row) => row.map((of) => of.slope))

  const policy = loss * (kind.weight === LOSSES.dapo.weight ? 1 : pieces) // TRL logs it as it is before that division
  const active = trained.flatMap((row, b) => entropy[b]!.filter((_, t) => row[t]))
  const total = active.reduce((sum, h) => sum + h, 0)
  const pull = bonus === undefined ? undefined : -bonus / (Math.max(1, active.length) * pieces)
  if (pull) loss += pull * total
  return {
    loss,
    slope: { logprob: slope, ...(pull && { entropy: trained.map((row) => row.map((is) => (is ? pull : 0))) }) },
    entropy: { sum: total, tokens: active.length },
    metrics: {
      ...(bonus !== undefined && { policy_loss: policy, entropy_coef: bonus }),
      ...(beta !== 0 && { kl: kl / Math.max(1, tokens) }),
      entropy: spread / Math.max(1, tokens),
      ...clipMetrics(ratios, input, settings, level !== 'token'),
      ...(type === 'vespo' && { 'vespo/phi_seq_mean': mean(rows.map(({ phi }) => phi)) }),
    },
  }
}

function viewRow(input: ObjectiveInput, settings: ObjectiveSettings, b: number, level: RatioLevel | 'product'): RowView {
  const { logprob, old, mask, advantages, sampled, correction, constant = logprob } = input
  const minus = (of: number[], from: number[]) => of.map((lp, t) => lp - from[t]!)
  const still = constant[b]!
  const before = old?.[b] ?? still
  const counts = mask[b]!
  const A = advantages[b]!
  const threshold = settings.off_policy_mask_threshold
  return {
    length: counts.reduce((n, is) => n + Number(is), 0),
    logRatio: logRatios(minus(logprob[b]!, before), counts, level), // lp − lp, so that a log-prob that is no number shows in the loss
    constantRatio: logRatios(minus(still, before), counts, level).map(Math.exp),
    phi: settings.loss_type === 'vespo' ? gamma(minus(still, before), counts, A, settings, correction?.[b]) : 1,
    kept: threshold === undefined || onPolicy(minus(still, sampled?.[b] ?? before), counts, A, threshold),
  }
}

/** How many ratios the loss bounds; with one ratio a row, each row has one vote. */
function clipMetrics(ratios: number[][], { mask, advantages }: ObjectiveInput, settings: ObjectiveSettings, byRow: boolean): Record<string, number> {
  const { loss_type: type, epsilon, epsilon_high, delta = Infinity } = settings
  const votes = ratios.map((row, b) => (byRow ? row.slice(0, 1) : row.filter((_, t) => mask[b]![t])))
  const count = (is: (w: number, A: number) => boolean) => votes.map((row, b) => row.filter((w) => is(w, advantages[b]!)).length)
  const share = (counts: number[]) => counts.reduce((a, b) => a + b, 0) / Math.max(1, votes.flat().length)
  if (type === 'cispo') return { cispo_clip_ratio: share(count((w, A) => w > epsilon_high && A > 0)) }
  if (!clips(type)) return {}
  const lows = count((w, A) => Math.min(w, delta) < 1 - epsilon && A < 0)
  const highs = count((w, A) => Math.min(w, delta) > 1 + epsilon_high && A > 0)
  const perRow = (counts: number[]) => counts.flatMap((n, b) => (votes[b]!.length > 0 ? [n / votes[b]!.length] : []))
  return {
    'clip_ratio/low_mean': share(lows),
    'clip_ratio/low_min': Math.min(...perRow(lows)),
    'clip_ratio/high_mean': share(highs),
    'clip_ratio/high_max': Math.max(...perRow(highs)),
    'clip_ratio/region_mean': share(lows) + share(highs),
  }
}
