/** multi: the formula calculate_output of its graders' scores. A grader that fails counts 0 in it, and its flag is raised. */
import { BadGrader } from './bad-grader'
import { GraderFailure } from './failure'
import { parseFormula } from './formula'
import type { Multi } from './schema'

/** The reward of its members' scores. Throws BadGrader with the place in the formula where it cannot be read. */
export function multiReward({ graders, calculate_output: text }: Multi): (scores: Record<string, number>) => number {
  const formula = read(text, Object.keys(graders))
  return (scores) => {
    const reward = formula(scores)
    if (Number.isFinite(reward)) return reward
    throw new GraderFailure('other_error', `calculate_output gives ${reward} for ${JSON.stringify(scores)}; it must give a finite number`)
  }
}

function read(text: string, names: string[]): ReturnType<typeof parseFormula> {
  try {
    return parseFormula(text, names)
  } catch (error) {
    throw new BadGrader(['calculate_output'], text, (error as Error).message, { cause: error })
  }
}
