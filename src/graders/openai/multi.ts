/** multi: the formula calculate_output of its graders' scores. A grader that fails counts 0 in it, and its flag is raised. */
import { GraderFailure } from './failure'
import { parseFormula } from './formula'
import type { Multi } from './schema'

/** The reward of its members' scores. Throws one sentence with the place in the formula where it cannot be read. */
export function multiReward({ graders, calculate_output: text }: Multi): (scores: Record<string, number>) => number {
  const formula = parseFormula(text, Object.keys(graders))
  return (scores) => {
    const reward = formula(scores)
    if (Number.isFinite(reward)) return reward
    throw new GraderFailure('other_error', `calculate_output gives ${reward} for ${JSON.stringify(scores)}; it must give a finite number`)
  }
}
