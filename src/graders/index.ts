/** The table of graders: add a grader's file to this folder and its name here. */
import { bitsRight, bitsScore } from './bits'
import { boxed } from './boxed'
import { chains } from './chains'
import { choice, process } from './choice'
import { countdown } from './countdown'
import { exact } from './exact'
import { mentions, sentence } from './follow'
import { format } from './format'
import { gsm8k } from './gsm8k'
import { javascript } from './javascript'
import { knightsAnswer, knightsFormat } from './knights-text'
import { letter } from './letter'
import { math } from './math'
import { motifAccuracy } from './motif-accuracy'
import { motifFormat } from './motif-format'
import { number } from './number'
import { openai } from './openai/openai'
import { program } from './program'
import { python } from './python'
import { reft } from './reft'
import type { Grader, GraderKind, GraderTools } from './grader'

export const graders = {
  exact,
  format,
  boxed,
  countdown,
  motif_accuracy: motifAccuracy,
  motif_format: motifFormat,
  number,
  openai,
  math,
  gsm8k,
  letter,
  reft,
  mentions,
  sentence,
  knights_answer: knightsAnswer,
  knights_format: knightsFormat,
  bits: bitsRight,
  bits_score: bitsScore,
  chains,
  choice,
  process,
  program,
  python,
  javascript,
} as const satisfies Record<string, Grader | GraderKind>

export type GraderName = keyof typeof graders

/** A grader by its name, with its settings and the weight of its score in the reward. */
export interface WeightedGrader {
  name: GraderName
  weight: number
  /** What its scores are called, where one kind of grader is used twice; its name when left out. */
  label?: string | undefined
  [setting: string]: unknown
}

/** The grader that a spec names; settings that are left out take their defaults. */
export function createGrader(spec: WeightedGrader, tools: GraderTools = {}): Grader & { weight: number } {
  const { name, weight, label, ...settings } = spec
  const entry = graders[name] as Grader | GraderKind
  if ('grade' in entry) return { ...entry, ...(label !== undefined && { name: label }), weight }
  return { ...entry.create(entry.settings.parse(settings), tools), name: label ?? name, weight }
}
