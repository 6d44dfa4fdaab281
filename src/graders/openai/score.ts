/** What each type of grader becomes: completion and item → score. */
import type { View } from './template'

/** Tokens that a model spent on a score. */
export type OnTokens = (model: string, tokens: number) => void

/** Rejects with a GraderFailure where this completion cannot be scored, with any other error where none can. */
export type Score = (view: View, onTokens: OnTokens) => number | Promise<number>
