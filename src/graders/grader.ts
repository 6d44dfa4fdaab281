/**
 * What a grader is: completion and answer → score. Most are pure functions with a score in [0, 1]; one that asks a sandbox or a model
 * answers later. The spec gives its weight.
 */
import type { z } from 'zod'

export interface Submission {
  /** The completion, decoded without special tokens. */
  text: string
  /** The task's answer to this example; empty where the task has none. */
  answer: string
  /** Whether the model ended the completion itself or the token limit did. */
  finish: 'stop' | 'length'
  /** The example's own fields, where it comes from a data set. */
  item?: Readonly<Record<string, unknown>> | undefined
}

export interface Grader {
  name: string
  /** One line for people who choose. */
  title: string
  /** The score of a right completion, the highest there is; 1 when left out. */
  max?: number
  /** The score from which a completion counts as right; the highest when left out. */
  pass?: number
  /** The score; null when there is nothing to score against. A grader that fails at a completion gives it 0 and says why by `flag`. */
  grade(submission: Submission, flag?: OnFlag): number | null | Promise<number | null>
  /** What the completion answers, for votes; the answer slot when left out. */
  answer?(submission: Submission): string | undefined
  /** What it scores, in one sentence with its numbers, for prompts that state the rules. */
  rules?(weight: number): string
}

/** Hears of a completion that a grader failed at: the kind of failure, as a metric's name, and one sentence. */
export type OnFlag = (flag: string, sentence: string) => void

/** What a grader may ask for while it scores. */
export interface GraderTools {
  /** The text that the loaded model goes on with; absent where none is loaded. */
  complete?: (messages: { role: string; content: string }[], options: { maxTokens: number; temperature: number; seed: number }) => Promise<string>
  /** Whether `what` may be sent to the server `where`; asked once before the first call. Nothing leaves where it is absent. */
  allow?: (where: string, what: string) => boolean | Promise<boolean>
  /** The server of graders that ask a model, where the spec names none. */
  endpoint?: string | undefined
  /** The secret that a server wants; never part of a spec or a grader. */
  key?: (where: string) => string | undefined
}

/** A grader before its settings are chosen. */
export interface GraderKind<S extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  settings: S
  /** What is wrong with settings that are each right by themselves; undefined when nothing is. */
  conflict?(settings: z.output<S>): string | undefined
  create(settings: z.output<S>, tools: GraderTools): Grader
}

/** Whether a completion of this score is right: it reaches the grader's pass mark, or without one its highest score. */
export function passes({ max = 1, pass = max }: Pick<Grader, 'max' | 'pass'>, score: number | null | undefined): boolean {
  return typeof score === 'number' && score >= pass
}

/** Scores of all submissions, in their order. */
export function gradeAll(grader: Grader, submissions: Submission[]): Promise<(number | null)[]> {
  return Promise.all(submissions.map(async (submission) => grader.grade(submission)))
}

/** White space at the ends dropped, inside made one space. */
export function normalise(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/**
 * The text of the last slot `<tag> … </tag>`, without white space at its ends; undefined without one. A slot that nothing closes
 * ends with the completion, but only where the model itself ended it: a slot that the token limit cut says nothing.
 */
export function lastSlot({ text, finish }: Pick<Submission, 'text' | 'finish'>, tag: string): string | undefined {
  const [open, close] = [`<${tag}>`, `</${tag}>`]
  const start = text.lastIndexOf(open)
  if (start < 0) return undefined
  const body = text.slice(start + open.length)
  const end = body.indexOf(close)
  if (end < 0 && finish === 'length') return undefined
  return (end < 0 ? body : body.slice(0, end)).trim()
}

/** The text of the last `<ans> … </ans>`, as lastSlot finds it, in one line. */
export function answerSlot(submission: Pick<Submission, 'text' | 'finish'>): string | undefined {
  const slot = lastSlot(submission, 'ans')
  return slot === undefined ? undefined : normalise(slot)
}
