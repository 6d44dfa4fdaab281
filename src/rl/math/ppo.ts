/**
 * PPO's numbers (arXiv 1707.06347, 2009.01325) with values on the policy's own states, in f64. Row b has T_b tokens and P_b states
 * that are valued: one before each token and, in TRL's convention, the one after the last where the completion ended before its limit.
 *
 *   KL          k1: old − ref,   k3: e^(ref − old) − 1 − (ref − old)
 *   reward      r_t = −kl_coef · KL_t, and the score on the last valued state
 *   GAE         A_t = δ_t + γ λ A_{t+1},  δ_t = r_t + γ V_{t+1} − V_t           (1506.02438);  return R_t = A_t + V_t
 *   whitened    (x − mean) / √(var + 1e-8), var unbiased, over all tokens of the batch
 *   policy      max(−A w, −A clip(w, 1 ± cliprange)),  w = e^(lp − old)
 *   value       ½ max((v − R)², (clip(v, V ± cliprange_value) − R)²)
 *   loss        policy + vf_coef · value
 *
 * The two conventions: `trl` (1.12, experimental.ppo) averages over all tokens and all valued states; `reft` (2401.08967, its code)
 * first within each row, and values only the states before tokens.
 */
import type { PerToken } from '../../policy/policy'
import { mean } from './statistics'

export type Convention = 'trl' | 'reft'

export interface PpoSettings {
  convention: Convention
  kl_estimator: 'k1' | 'k3'
  kl_coef: number
  gamma: number
  lam: number
  whiten_rewards: boolean
  cliprange: number
  cliprange_value: number
  vf_coef: number
}

/** What the policy that sampled says of B completions. */
export interface Experience {
  /** [B][T_b] */
  old: PerToken
  reference: PerToken
  /** [B][≥ P_b] */
  values: PerToken
  /** [B] */
  scores: number[]
  /** Valued states of each row, [B]; see `valuedStates`. */
  valued: number[]
}

export interface Estimates {
  /** [B][T_b] */
  kl: PerToken
  /** As GAE uses them, [B][P_b]. */
  rewards: PerToken
  returns: PerToken
  /** Before whitening, [B][T_b]. */
  advantagesRaw: PerToken
  advantages: PerToken
}

/** [B]: how many states of completions of these lengths are valued, where the limit is `longest` tokens. */
export function valuedStates(lengths: number[], longest: number, convention: Convention): number[] {
  return lengths.map((n) => (convention === 'trl' && n < longest ? n + 1 : n))
}

export function estimate({ old, reference, values, scores, valued }: Experience, s: PpoSettings): Estimates {
  const kl = old.map((row, b) => row.map((lp, t) => klOf(reference[b]![t]! - lp, s.kl_estimator)))
  const plain = kl.map((row, b) => {
    const rewards = Array.from({ length: valued[b]! }, (_, t) => -s.kl_coef * (row[t] ?? 0))
    if (rewards.length > 0) rewards[rewards.length - 1]! += scores[b]!
    return rewards
  })
  const rewards = s.whiten_rewards ? whiten(plain, false) : plain
  const gae = rewards.map((row, b) => {
    const advantages: number[] = []
    for (let t = row.length - 1, next = 0; t >= 0; t--) {
      const delta = row[t]! + s.gamma * (t + 1 < row.length ? values[b]![t + 1]! : 0) - values[b]![t]!
      advantages[t] = next = delta + s.gamma * s.lam * next
    }
    return advantages
  })
  const advantagesRaw = gae.map((row, b) => row.slice(0, old[b]!.length))
  const returns = gae.map((row, b) => row.map((a, t) => a + values[b]![t]!))
  return { kl, rewards, returns, advantagesRaw, advantages: whiten(advantagesRaw, true) }
}

/** log-ratio d = ref − old. */
export function klOf(d: number, estimator: 'k1' | 'k3'): number {
  return estimator === 'k1' ? -d : Math.exp(d) - 1 - d
}

/** (x − mean) / √(var + 1e-8) over all numbers; `centred` or with the mean added again. A lone number has nothing to be compared with. */
export function whiten(rows: PerToken, centred: boolean): PerToken {
  const all = rows.flat()
  const m = mean(all)
  const variance = all.length < 2 ? 0 : all.reduce((sum, x) => sum + (x - m) ** 2, 0) / (all.length - 1)
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return rows.map((row) => row.map((x) => (x - m) * scale + (centred ? 0 : m)))
}

/** A minibatch: what was said when it was sampled, and what the policy says now. */
export interface PpoBatch {
  logprob: PerToken
  /** [B][≥ P_b] */
  value: PerToken
  old: PerToken
  oldValues: PerToken
  advantages: PerToken
  /** [B][P_b] */
  returns: PerToken
}

export interface PpoLoss {
  loss: number
  /** d(loss) / d(logprob) and d(loss) / d(value), in their shapes. */
  slope: { logprob: PerToken; value: PerToken }
  /** TRL's names; means over tokens or valued states, where TRL's approxkl and ratio count the padding too. */
  metrics: Record<string, number>
}

export function ppoLoss(batch: PpoBatch, s: PpoSettings): PpoLoss {
  const { logprob, value, old, oldValues, advantages, returns } = batch
  const ofToken = weights(logprob, s.convention)
  const ofState = weights(returns, s.convention)
  const sum = { policy: 0, value: 0, clipped: 0, clippedValue: 0, kl: 0, ratio: 0 }
  const byLogprob = logprob.map((row, b) =>
    row.map((lp, t) => {
      const A = advantages[b]![t]!
      const w = Math.exp(lp - old[b]![t]!)
      const plain = -A * w
      const held = -A * Math.min(Math.max(w, 1 - s.cliprange), 1 + s.cliprange)
      sum.policy += ofToken[b]! * Math.max(plain, held)
      sum.clipped += Number(held > plain)
      sum.kl += (lp - old[b]![t]!) ** 2 / 2
      sum.ratio += w
      return plain >= held ? ofToken[b]! * plain : 0
    }),
  )
  const byValue = value.map((row, b) =>
    row.map((v, t) => {
      const target = returns[b]![t]
      if (target === undefined) return 0 // a state that is not valued
      const V = oldValues[b]![t]!
      const plain = (v - target) ** 2
      const held = (Math.min(Math.max(v, V - s.cliprange_value), V + s.cliprange_value) - target) ** 2
      sum.value += (ofState[b]! * Math.max(plain, held)) / 2
      sum.clippedValue += Number(held > plain)
      return plain >= held ? s.vf_coef * ofState[b]! * (v - target) : 0
    }),
  )
  const tokens = Math.max(1, logprob.flat().length)
  return {
    loss: sum.policy + s.vf_coef * sum.value,
    slope: { logprob: byLogprob, value: byValue },
    metrics: {
      'loss/policy_avg': sum.policy,
      'loss/value_avg': sum.value,
      'policy/approxkl_avg': sum.kl / tokens,
      'policy/clipfrac_avg': sum.clipped / tokens,
      'val/clipfrac_avg': sum.clippedValue / Math.max(1, returns.flat().length),
      'val/ratio': sum.ratio / tokens,
    },
  }
}

/** What each number of row b weighs in a mean over all of them (trl), or over the means of the rows (reft), [B]. */
export function weights(rows: PerToken, convention: Convention): number[] {
  const all = Math.max(1, rows.flat().length)
  return rows.map(({ length }) => (convention === 'trl' ? 1 / all : 1 / (Math.max(1, length) * rows.length)))
}

/** TRL's objective/… metrics of a batch of completions: means over rows of sums over tokens. */
export function objectiveMetrics({ old, scores }: Experience, { kl }: Estimates, { kl_coef }: PpoSettings): Record<string, number> {
  const rowMean = (rows: PerToken) => mean(rows.map((row) => row.reduce((a, b) => a + b, 0)))
  const divergence = rowMean(kl)
  return {
    'objective/kl': divergence,
    'objective/entropy': -rowMean(old),
    'objective/non_score_reward': -kl_coef * divergence,
    'objective/scores': mean(scores),
    'objective/rlhf_reward': mean(scores) - kl_coef * divergence,
  }
}
