/** What the learning curve is drawn over: optimizer steps, questions asked, tokens generated, or seconds. */
import type { Evaluation, StepReport } from '../../rl/report'
import { count, duration } from '../format'
import { later, say } from '../words/say'

export const AXES = ['steps', 'questions', 'tokens', 'seconds'] as const
export type Axis = (typeof AXES)[number]

export const AXIS_NAMES: Record<Axis, string> = { steps: later`steps`, questions: later`questions`, tokens: later`tokens`,
  seconds: later`seconds` }

/** The axes that a method has values for: one that samples nothing generates no tokens. */
export function axesOf(method: unknown): Axis[] {
  return AXES.filter((axis) => axis !== 'tokens' || method !== 'sft')
}

/**
 * The place of each report and each evaluation on the axis. Evaluations carry the running time, their own included; a report's is
 * that of the last evaluation before it and the times of the steps since.
 */
export function placesOn(axis: Axis, reports: readonly StepReport[], evaluations: readonly Evaluation[]) {
  /** The evaluation before the report, and the times of the steps since; reports come in the order of their steps. */
  let [last, since] = [-1, 0]
  const atReport: Record<Axis, (report: StepReport) => number | undefined> = {
    steps: ({ step }) => step,
    questions: ({ metrics }) => metrics.questions,
    tokens: ({ metrics }) => metrics.generated_tokens,
    seconds: ({ step, metrics }) => {
      for (; evaluations[last + 1] && evaluations[last + 1]!.step < step; last++) since = 0
      since += metrics.step_time ?? 0
      return (evaluations[last]?.seconds ?? 0) + since
    },
  }
  const atEvaluation: Record<Axis, (evaluation: Evaluation) => number> = {
    steps: ({ step }) => step,
    questions: ({ questions }) => questions,
    tokens: ({ numTokens }) => numTokens,
    seconds: ({ seconds }) => seconds,
  }
  return { reports: reports.map(atReport[axis]), evaluations: evaluations.map(atEvaluation[axis]) }
}

/** Where the axis ends: at the run's last step, or where its pace so far would lead, rounded up so that it holds still a while. */
export function endOf(axis: Axis, now: number, step: number, steps: number): number {
  if (axis === 'steps') return Math.max(steps, now, 1)
  if (step === 0 || now === 0) return axis === 'seconds' ? 60 : steps
  const forecast = Math.max(now, (now / step) * steps)
  const size = spacing(axis, forecast)
  return axis === 'questions' ? forecast : Math.ceil(forecast / size) * size
}

/** Round places for the axis, about five, and its end. */
export function ticksOf(end: number, axis: Axis = 'steps'): number[] {
  const size = spacing(axis, end)
  const round = Array.from({ length: Math.ceil(end / size) }, (_, i) => i * size)
  return [...round.filter((place) => place === 0 || end - place > size / 2), end]
}

const CLOCK = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]

/** Between two ticks. */
function spacing(axis: Axis, end: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(end)) - 1)
  const sizes = axis === 'seconds' && end <= 5 * 3600 ? CLOCK : [1, 2, 5, 10, 20, 50].map((n) => n * unit)
  return sizes.find((size) => end / size <= 5) ?? end
}

/** A tick's label; the first one names the axis. */
export function tickLabel(axis: Axis, place: number): string {
  if (place === 0) return axis === 'steps' ? say`step 0` : `0 ${axis === 'seconds' ? 's' : say.of(AXIS_NAMES[axis])}`
  if (axis === 'seconds') return place < 60 ? `${place} s` : place < 3600 ? `${trim(place / 60)} min` : `${trim(place / 3600)} h`
  return place >= 1000 ? `${trim(place / 1000)}k` : String(place)
}

/** A place in words, for the reading under the pointer. */
export function placeWords(axis: Axis, place: number): string {
  if (axis === 'steps') return say`step ${place}`
  return axis === 'seconds' ? duration(place) : `${count(place)} ${say.of(AXIS_NAMES[axis])}`
}

const trim = (value: number): string => String(Number(value.toFixed(1)))
