/** Time left: the mean of the last intervals between reports, evaluations between them included, times the steps that remain. */
import type { RunState } from '../../runs/run'

const REMEMBERED = 10

export interface Pace {
  state(state: RunState): void
  /** A step has ended; returns the seconds left, or undefined while too little is known. */
  report(step: number): number | undefined
}

/** `now` is in milliseconds. The way to the first report, with its first evaluation, counts only until a second one has come. */
export function createPace(steps: number, now: () => number = () => performance.now()): Pace {
  let since: number | undefined
  let intervals: number[] = []
  let reports = 0
  return {
    state(state) {
      since = state === 'running' ? (since ?? now()) : undefined
    },
    report(step) {
      if (since === undefined) return undefined
      const at = now()
      const interval = at - since
      since = at
      reports++
      intervals = reports === 2 ? [interval] : [...intervals, interval].slice(-REMEMBERED)
      const mean = intervals.reduce((sum, one) => sum + one, 0) / intervals.length
      return (Math.max(0, steps - step) * mean) / 1000
    },
  }
}
