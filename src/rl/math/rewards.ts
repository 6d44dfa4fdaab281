/** From graders' scores to rewards, r = Σ_f w_f r_f over the graders that scored, and the metrics that TRL and Tinker log of them. */
import { deviation, mean } from './statistics'

/** What graders said of N completions. */
export interface Scores {
  /** [F][N] before their weights, null where a grader could not score; groups of `size` follow each other. */
  scores: (number | null)[][]
  /** [F] */
  names: string[]
  /** [F] */
  weights: number[]
  /** Completions of a group (G). */
  size: number
}

export interface Rewards {
  /** Σ of weighted scores, [N]; NaN where no grader could score. */
  rewards: number[]
  /** [N]; 0 where there is no reward, or no other to compare it with. */
  advantages: number[]
  /** TRL's reward metrics; NaN where nothing could be scored. */
  metrics: Record<string, number>
}

/** [N]; NaN where no grader could score. Throws when the scores do not make whole groups. */
export function rewardsOf({ scores, weights, size }: Scores): number[] {
  const count = scores[0]?.length ?? 0
  if (size < 1 || count % size !== 0) throw new Error(`${count} rewards do not make groups of ${size}; give every group as many`)
  return Array.from({ length: count }, (_, i) => {
    const given = scores.flatMap((of, f) => (of[i] == null ? [] : [of[i] * weights[f]!]))
    return given.length === 0 ? NaN : given.reduce((a, b) => a + b)
  })
}

export const known = (xs: number[]): number[] => xs.filter((x) => !Number.isNaN(x))

/** [N/G][G] */
export function groupsOf<T>(all: T[], size: number): T[][] {
  return Array.from({ length: all.length / size }, (_, q) => all.slice(q * size, (q + 1) * size))
}

export const isZero = (std: number): boolean => Math.abs(std) <= 1e-8

/** rewards/…, reward, reward_std and frac_reward_zero_std; `stds` are those of the groups, as the advantages use them. */
export function rewardMetrics({ scores, names }: Scores, rewards: number[], stds: number[]): Record<string, number> {
  const metrics: Record<string, number> = {}
  names.forEach((name, f) => {
    const given = scores[f]!.filter((s) => s !== null)
    metrics[`rewards/${name}/mean`] = mean(given)
    metrics[`rewards/${name}/std`] = deviation(given)
  })
  metrics.reward = mean(known(rewards))
  metrics.reward_std = deviation(known(rewards))
  metrics.frac_reward_zero_std = mean(stds.map((std) => (isZero(std) ? 1 : 0)))
  return metrics
}

/** Whether all completions of a group earned the same, so that it has nothing to teach. */
export const silent = (group: number[]): boolean => known(group).every((reward) => Math.abs(reward - known(group)[0]!) <= 1e-8)

/**
 * Tinker's by_group/…: shares of groups whose rewards differ, are all the same and at least half of `best`, or all the same and
 * less. Groups that nobody could score are none of these.
 */
export function groupMetrics(rewards: number[], size: number, best: number): Record<string, number> {
  const groups = groupsOf(rewards, size).map(known).filter((group) => group.length > 0)
  const share = (is: (group: number[]) => boolean) => mean(groups.map((group) => Number(is(group))))
  return {
    'by_group/frac_mixed': share((group) => !silent(group)),
    'by_group/frac_all_good': share((group) => silent(group) && group[0]! >= best / 2),
    'by_group/frac_all_bad': share((group) => silent(group) && group[0]! < best / 2),
  }
}

/**
 * DAPO's soft penalty of long completions (arXiv 2503.14476, eq. 13): 0 up to limit − cache tokens, from there down to −1 at the
 * limit, which completions cannot exceed here. [N]; null where `scored` says that there is no reward to take it from.
 */
export function overlong(lengths: number[], scored: boolean[], limit: number, cache: number): (number | null)[] {
  return lengths.map((length, i) => (scored[i] ? Math.min(0, (limit - cache - length) / cache) : null))
}
