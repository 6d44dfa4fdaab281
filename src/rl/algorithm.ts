/** What an algorithm is: one async generator that yields a report per optimizer step. Pause is not calling next(), stop is return(). */
import type { z } from 'zod'
import type { Policy } from '../policy/policy'
import type { Grader } from '../graders/grader'
import type { Standing } from '../tasks/curriculum'
import type { Task } from '../tasks/task'
import type { StepReport } from './report'
import type { Tokenizer } from './tokenizer'

/** A group while it is being sampled: texts grow until its report comes. */
export interface LiveGroup {
  /** The step that these rollouts are for. */
  step: number
  /** Which of the step's questions, and of how many. */
  question: number
  questions: number
  prompt: string
  /** Pieces of each completion so far, [G]. */
  completions: string[][]
  /** Where completions go on over later rounds: the text of each such round so far, [G][k][rounds − 1]. */
  trajectories?: string[][][]
}

/** Where a run stands between two steps. */
export interface Position {
  step: number
  /** Prompt and completion tokens so far, TRL's num_tokens. */
  numTokens: number
  /** Completion tokens sampled for training so far, those of later rounds included. */
  generatedTokens: number
  /** Training questions asked so far. */
  questions: number
  /** Numbers that the algorithm carries from one batch of rollouts to the next, as its last report gave them. */
  state?: Readonly<Record<string, number>> | undefined
  /** Share of the settings' learning rates that the run goes on with; all of them when left out. */
  rate?: number | undefined
  /** Where the curriculum stands, in a run that has one. */
  curriculum?: Standing | undefined
}

export const START: Position = { step: 0, numTokens: 0, generatedTokens: 0, questions: 0 }

/** Name of the snapshot of the adapter at the start, where an algorithm keeps one: evaluations may ask it by this name too. */
export const START_ADAPTER = 'start'

/** What an algorithm works with. */
export interface Context {
  policy: Policy
  tokenizer: Tokenizer
  task: Task
  /** With the weight of each score in the reward. */
  graders: (Grader & { weight: number })[]
  seed: number
  /** Optimizer steps of the whole run. */
  steps: number
  /** Generated tokens after which the run ends, where it has such a budget; schedules follow it. */
  tokens?: number | undefined
  /** Goes on after these steps; the policy was loaded with the checkpoint of that position. */
  from?: Position
  signal?: AbortSignal
  onGroup?(group: LiveGroup): void
}

export interface Algorithm<S extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  settings: S
  /** Named choices of settings, each in one sentence. */
  presets?: { name: string; note: string; settings: Partial<z.output<S>> }[]
  /** Whether it trains a value head beside the adapter. */
  valueHead?: boolean
  /** What is wrong with settings that are each right by themselves; undefined when nothing is. */
  conflict(settings: z.output<S>): string | undefined
  /** Called once on the freshly opened policy, before any checkpoint is loaded into it. */
  prepare(policy: Policy, settings: z.output<S>): Promise<void>
  run(context: Context, settings: z.output<S>): AsyncGenerator<StepReport, void, void>
}
