/**
 * Advantages as TRL computes them (1.16); standard deviations are unbiased, and 1e-4 is added before they divide.
 *   sum_then_normalize   A = (r − mean of the group) / std, of the group (arXiv 2402.03300 eq. 3) or of the batch, or not divided
 *   normalize_then_sum   each grader's scores are so normalised in the group, summed by weight, and then over the batch (2601.05242)
 *   leave one out        A_i = r_i − mean of the others, r clipped and less β Σ(old − ref) (2402.14740, eq. 8)
 */
import { groupsOf, known, rewardMetrics, rewardsOf, type Rewards, type Scores } from './rewards'
import { deviation, mean } from './statistics'

export const SCALES = ['group', 'batch', 'none'] as const
/** Whose standard deviation divides: each group's, the whole batch's, or nobody's. */
export type Scale = (typeof SCALES)[number]

export const AGGREGATIONS = ['sum_then_normalize', 'normalize_then_sum'] as const

export const BASELINES = ['group', 'none'] as const

export interface AdvantageSettings {
  scale_rewards: Scale
  multi_objective_aggregation: (typeof AGGREGATIONS)[number]
  /** What a reward is compared with: its group's mean, or nothing; group when left out. */
  baseline?: (typeof BASELINES)[number]
}

const STD_FLOOR = 1e-4
const orZero = (x: number) => (Number.isNaN(x) ? 0 : x)
const centred = (xs: number[]) => xs.map((x) => x - mean(known(xs)))
const normalised = (xs: number[]) => centred(xs).map((x) => x / (deviation(known(xs)) + STD_FLOOR))

export function advantagesOf(given: Scores, settings: AdvantageSettings): Rewards {
  const rewards = rewardsOf(given)
  const groups = groupsOf(rewards, given.size)
  if (settings.multi_objective_aggregation === 'normalize_then_sum') {
    const parts = given.scores.map((of) => groupsOf(of.map((s) => s ?? NaN), given.size).flatMap(normalised)) // [F][N]
    const sums = rewards.map((r, i) => (Number.isNaN(r) ? NaN : parts.reduce((sum, of, f) => sum + given.weights[f]! * orZero(of[i]!), 0)))
    const metrics = rewardMetrics(given, rewards, [deviation(known(sums))])
    return { rewards, advantages: normalised(sums).map(orZero), metrics }
  }
  const scale = settings.scale_rewards
  const stds = groups.map((group) => deviation(known(scale === 'batch' ? rewards : group)))
  const advantages = groups.flatMap((group, q) =>
    (settings.baseline === 'none' ? group : centred(group)).map((a) => orZero(scale === 'none' ? a : a / (stds[q]! + STD_FLOOR))),
  )
  return { rewards, advantages, metrics: rewardMetrics(given, rewards, stds) }
}

export interface LeaveOneOutSettings {
  reward_clip_range?: [number, number] | undefined
  normalize_advantages: boolean
}

/** `penalty` [N] is what the KL takes from each reward. */
export function leaveOneOut(given: Scores, settings: LeaveOneOutSettings, penalty?: number[]): Rewards {
  const rewards = rewardsOf(given)
  const [low, high] = settings.reward_clip_range ?? [-Infinity, Infinity]
  const earned = rewards.map((r, i) => Math.min(Math.max(r, low), high) - (penalty?.[i] ?? 0))
  const groups = groupsOf(earned, given.size)
  const raw = groups.flatMap((group) => {
    const sum = known(group).reduce((a, b) => a + b, 0)
    return group.map((r) => r - (sum - r) / (known(group).length - 1))
  })
  const advantages = settings.normalize_advantages ? normalised(raw) : raw
  const metrics = rewardMetrics(given, rewards, groups.map((group) => deviation(known(group))))
  return { rewards, advantages: advantages.map(orZero), metrics }
}
