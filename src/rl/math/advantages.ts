/**
 * Group-relative advantages as TRL computes them: r = Σ_f w_f r_f over the graders that scored; A = r − mean of the group, divided
 * by std + 1e-4 where rewards are scaled (arXiv 2402.03300 eq. 3 has no 1e-4). Standard deviations are unbiased.
 */
import { deviation, mean } from './statistics'

export const SCALES = ['group', 'batch', 'none'] as const
/** Whose standard deviation divides: each group's, the whole batch's, or nobody's. */
export type Scale = (typeof SCALES)[number]

export interface Rewards {
  /** Σ of weighted scores, [N]; NaN where no grader could score. */
  rewards: number[]
  /** [N]; 0 where there is no reward, or no other to compare it with. */
  advantages: number[]
  /** TRL's reward metrics; NaN where nothing could be scored. */
  metrics: Record<string, number>
}

const STD_FLOOR = 1e-4

/**
 * @param scores [F][N] scores before their weights, null where a grader could not score; groups of `size` follow each other
 * @param names [F] of the graders
 * @param weights [F]
 */
export function advantagesOf(scores: (number | null)[][], names: string[], weights: number[], size: number, scale: Scale): Rewards {
  const count = scores[0]?.length ?? 0
  if (size < 1 || count % size !== 0) throw new Error(`${count} rewards do not make groups of ${size}; give every group as many`)
  const rewards = Array.from({ length: count }, (_, i) => {
    const given = scores.flatMap((of, f) => (of[i] == null ? [] : [of[i] * weights[f]!]))
    return given.length === 0 ? NaN : given.reduce((a, b) => a + b)
  })
  const scored = rewards.filter((r) => !Number.isNaN(r))
  const batchStd = deviation(scored)

  const advantages: number[] = []
  const stds: number[] = []
  for (let start = 0; start < count; start += size) {
    const group = rewards.slice(start, start + size)
    const known = group.filter((r) => !Number.isNaN(r))
    const std = scale === 'batch' ? batchStd : deviation(known)
    stds.push(std)
    for (const r of group) {
      const a = r - mean(known)
      const scaled = scale === 'none' ? a : a / (std + STD_FLOOR)
      advantages.push(Number.isNaN(scaled) ? 0 : scaled)
    }
  }

  const metrics: Record<string, number> = {}
  names.forEach((name, f) => {
    const known = scores[f]!.filter((s) => s !== null)
    metrics[`rewards/${name}/mean`] = mean(known)
    metrics[`rewards/${name}/std`] = deviation(known)
  })
  metrics.reward = mean(scored)
  metrics.reward_std = batchStd
  metrics.frac_reward_zero_std = mean(stds.map((std) => (Math.abs(std) <= 1e-8 ? 1 : 0)))
  return { rewards, advantages, metrics }
}
