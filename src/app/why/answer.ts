/** What a “why?” is: a question that a figure raises, answered from the run's own numbers, with the settings that would change it. */
import type { Evaluation, StepReport } from '../../rl/report'
import { mean } from '../../rl/math/statistics'
import type { RunSpec } from '../../runs/spec'
import { metricCurve } from '../curves/curve'
import { metric } from '../format'

/** What a question may look at. */
export interface Seen {
  spec: RunSpec
  reports: readonly StepReport[]
  evaluations: readonly Evaluation[]
}

/** A setting that would change the answer: where it stands in the spec, what it is now, what to try, and what that would do. */
export interface Advice {
  path: string
  now: string
  try: string
  why: string
}

export interface WhyAnswer {
  question: string
  /** Paragraphs. */
  answer: string[]
  settings: Advice[]
  /** One sentence for somebody who has not asked yet, where the run has stopped learning. */
  alert?: string
}

export interface WhyQuestion {
  name: string
  /** The figures that it stands beside, by their metrics' names; `accuracy` is that on held-out problems. */
  beside: readonly string[]
  /** Undefined while the figure surprises nobody. */
  ask(seen: Seen): WhyAnswer | undefined
}

/** The value at a path of the spec, as people read it; undefined where the run has no such setting. */
export function settingOf(spec: RunSpec, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], spec)
}

/** Where the setting stands, what to try in place of its value, and why. */
export type Suggestion = [path: string, suggestion: (now: number) => string, why: string, missing?: string]

/** The advices whose setting the run has; `missing` is what one of them counts as where it is left out but would be read. */
export function advise(spec: RunSpec, advices: Suggestion[]): Advice[] {
  return advices.flatMap(([path, suggestion, why, missing]) => {
    const value = settingOf(spec, path)
    if (value === undefined && missing === undefined) return []
    return [{ path, now: value === undefined ? missing! : shown(value), try: suggestion(Number(value)), why }]
  })
}

/** 0.001 → “0.001”, 1e-6 → “1e-6”: as one types it. */
function shown(value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : JSON.stringify(value)
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential() : String(Number(value.toPrecision(4)))
}

/** Mean of a metric's last `n` values; undefined without any. */
export function recent(reports: readonly StepReport[], name: string, n = 3): number | undefined {
  const values = metricCurve(reports, name).slice(-n)
  return values.length === 0 ? undefined : mean(values.map(({ value }) => value))
}

/** The same of the first values. */
export function early(reports: readonly StepReport[], name: string, n = 3): number | undefined {
  const values = metricCurve(reports, name).slice(0, n)
  return values.length === 0 ? undefined : mean(values.map(({ value }) => value))
}

/** “0.40 → 0.05” */
export const change = (from: number, to: number, write: (value: number) => string = metric): string => `${write(from)} → ${write(to)}`

/** The last report with rollouts. */
export const lastGroups = (reports: readonly StepReport[]): StepReport | undefined => reports.findLast(({ groups }) => groups.length > 0)
