/** The table of graders: add a grader's file to this folder and its name here. */
import { exact } from './exact'
import { format } from './format'
import type { Grader } from './grader'

export const graders = { exact, format } as const satisfies Record<string, Grader>

export type GraderName = keyof typeof graders

/** A grader with the weight of its score in the reward. */
export interface WeightedGrader {
  name: GraderName
  weight: number
}
