/** The table of graders: add a grader's file to this folder and its name here. */
import { boxed } from './boxed'
import { countdown } from './countdown'
import { exact } from './exact'
import { format } from './format'
import { motifAccuracy } from './motif-accuracy'
import { motifFormat } from './motif-format'
import type { Grader } from './grader'

export const graders = {
  exact,
  format,
  boxed,
  countdown,
  motif_accuracy: motifAccuracy,
  motif_format: motifFormat,
} as const satisfies Record<string, Grader>

export type GraderName = keyof typeof graders

/** A grader with the weight of its score in the reward. */
export interface WeightedGrader {
  name: GraderName
  weight: number
}
