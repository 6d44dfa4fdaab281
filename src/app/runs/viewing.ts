/** A run that is only looked at: what the page shows of it at a place of its scrubber. Pure. */
import type { Evaluation, StepReport } from '../../rl/report'
import type { RunSpec } from '../../runs/spec'

/** What a recording or the library has of a run. */
export interface Shown {
  /** Of the library's entry; a recording has none. */
  id?: string
  name: string
  /** Where and when it ran, in words. */
  about?: string
  spec: RunSpec
  reports: readonly StepReport[]
  evaluations: readonly Evaluation[]
}

export const SPEEDS = [1, 4, 16] as const
export type Speed = (typeof SPEEDS)[number]

export interface Viewing {
  run: Shown
  /** The step that is shown last, from 0, before training, to `last`. */
  at: number
  last: number
  playing: boolean
  speed: Speed
}

export function viewingOf(run: Shown, at?: number): Viewing {
  const last = Math.max(0, run.reports.at(-1)?.step ?? 0, run.evaluations.at(-1)?.step ?? 0)
  return { run, at: Math.min(at ?? last, last), last, playing: false, speed: 1 }
}

/** Reports and evaluations up to the scrubber's place. */
export function seenAt({ run, at }: Viewing): { reports: readonly StepReport[]; evaluations: readonly Evaluation[] } {
  return {
    reports: run.reports.filter(({ step }) => step <= at),
    evaluations: run.evaluations.filter(({ step }) => step <= at),
  }
}

/** Longest and shortest pause between two steps, in seconds; the run's own pace lies between. */
const [SLOW, QUICK] = [2, 1 / 30]

/** Seconds until the next step is shown. */
export function pauseBefore({ run, at, speed }: Viewing): number {
  const next = run.reports.find(({ step }) => step > at)
  return Math.max(QUICK, Math.min(SLOW, next?.metrics.step_time ?? 1) / speed)
}
