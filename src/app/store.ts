/**
 * All that the page shows, in one vanilla store. The player is its one writer for what a run tells; the form writes the draft,
 * and the group's buttons write which group is shown. React reads it through `usePage`.
 */
import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { DeviceProfile, Progress } from '../policy/host'
import type { PolicyInfo } from '../policy/policy'
import type { LiveGroup } from '../rl/algorithm'
import type { Evaluation, StepReport } from '../rl/report'
import type { RunState } from '../runs/run'
import type { RunSpec } from '../runs/spec'
import type { RunEntry } from '../runs/library/entry'
import type { Draft } from './draft'
import { HERE, type ElsewhereView } from './elsewhere/view'
import type { Viewing } from './runs/viewing'
import { WHOLE, type View } from './lessons/view'

export type Device = { state: 'asking' } | { state: 'ready'; profile: DeviceProfile } | { state: 'absent'; why: string }

/** What a run has told so far; all of it is cleared by a reset. */
export interface RunView {
  state: RunState
  /** Pause was pressed and the step in progress has not ended yet. */
  pausing: boolean
  spec?: RunSpec
  failure?: string
  progress?: Progress
  info?: PolicyInfo
  reports: readonly StepReport[]
  evaluations: readonly Evaluation[]
  /** Steps after which it moved to another device. */
  moves: readonly number[]
  /** The groups of the step that is being sampled, one a question. */
  live: readonly LiveGroup[]
  secondsLeft?: number
  /** Its id in the library. */
  kept?: string | undefined
  /** Where the scrubber stands, of a run that is only looked at: one from the list, or a recording. */
  viewing?: Viewing
}

/** The runs that this browser keeps. */
export interface LibraryView {
  /** Newest first. */
  entries: readonly RunEntry[]
  /** Why runs are not kept here. */
  forgets?: string
  /** What became of keeping or reading one: a sentence. */
  notice?: string
  /** One that stopped on its way, and could go on. */
  offer?: RunEntry
  /** Ids of those that are compared. */
  compared?: readonly string[]
  /** The last one that was removed; it can be brought back. */
  removed?: RunEntry
}

/** A server that a grader wants to ask: nothing is sent before somebody has answered. */
export interface Question {
  where: string
  what: string
  /** `key` is the server's secret, where it wants one. */
  answer: (allowed: boolean, key?: string) => void
}

export interface PageState extends RunView {
  /** The first of them is on the screen. */
  questions: readonly Question[]
  device: Device
  elsewhere: ElsewhereView
  library: LibraryView
  draft: Draft
  /** Why the draft cannot be run: one sentence. */
  complaint?: string
  /** The lesson that is open, and what a teacher's link leaves out. */
  view: View
  /** The drawer that was opened last. */
  drawer?: string
  /** Which group is shown: a step's number, or the latest one; and the question within the step, from 0. */
  shown: { step: number | 'latest'; question: number }
}

export type PageStore = StoreApi<PageState>

export const NO_RUN: RunView = {
  state: 'idle',
  pausing: false,
  spec: undefined,
  failure: undefined,
  progress: undefined,
  info: undefined,
  reports: [],
  evaluations: [],
  moves: [],
  live: [],
  secondsLeft: undefined,
  kept: undefined,
  viewing: undefined,
}

export function createPageStore(draft: Draft): PageStore {
  return createStore<PageState>(() => ({ ...NO_RUN, device: { state: 'asking' }, elsewhere: HERE, library: { entries: [] }, draft, questions: [], view: WHOLE, shown: { step: 'latest', question: 0 } }))
}

export function usePage<T>(store: PageStore, select: (state: PageState) => T): T {
  return useStore(store, select)
}

/** Puts a growing group among those of its step; a group of another step begins anew. */
export function withLiveGroup(live: readonly LiveGroup[], group: LiveGroup): readonly LiveGroup[] {
  const others = live.filter(({ step, question }) => step === group.step && question !== group.question)
  return [...others, group].sort((a, b) => a.question - b.question)
}
