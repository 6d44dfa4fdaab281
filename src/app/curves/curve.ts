/** Reports and evaluations as points for the charts; pure functions of the run's data. */
import type { Evaluation, StepReport } from '../../rl/report'
import { placesOn, type Axis } from './axis'
import { thin } from '../runs/thin'
import { say } from '../words/say'

export interface Point {
  /** The place on the axis. */
  x: number
  reward?: number
  smooth?: number
  accuracy?: number
  /** Distances from the accuracy down and up to the ends of Wilson's interval. */
  interval?: [number, number]
}

/**
 * Exponential moving average without a bias to its start: s_k = Σ w^(k−i) x_i / Σ w^(k−i) (Adam's correction, arXiv 1412.6980 §3).
 * Values that are missing are passed over.
 */
export function smooth(values: readonly (number | undefined)[], weight = 0.8): (number | undefined)[] {
  let sum = 0
  let mass = 0
  return values.map((value) => {
    if (value === undefined || !Number.isFinite(value)) return undefined
    sum = weight * sum + value
    mass = weight * mass + 1
    return sum / mass
  })
}

/** In the axis's order. Over steps the reward of step k and the accuracy after k steps share a point. */
export function learningCurve(reports: readonly StepReport[], evaluations: readonly Evaluation[], axis: Axis = 'steps'): Point[] {
  const places = placesOn(axis, reports, evaluations)
  const rewards = reports.map((report) => report.metrics.reward)
  const smoothed = smooth(rewards)
  const rows = new Map<number, Point>()
  places.reports.forEach((x, i) => { if (x !== undefined) rows.set(x, { x, reward: rewards[i], smooth: smoothed[i] }) })
  evaluations.forEach(({ accuracy, low, high }, i) => {
    const x = places.evaluations[i]!
    rows.set(x, { ...(rows.get(x) ?? { x }), accuracy, interval: [accuracy - low, high - accuracy] })
  })
  return [...rows.values()].sort((a, b) => a.x - b.x)
}

/** Where on the axis the run moved to another device: after these steps. */
export function movesOn(axis: Axis, moves: readonly number[], reports: readonly StepReport[], evaluations: readonly Evaluation[]): number[] {
  const places = placesOn(axis, reports, evaluations).reports
  return moves.flatMap((step) => (step === 0 ? [0] : (places[reports.findIndex((report) => report.step === step)] ?? [])))
}

/** Columns that a curve is thinned to before it is drawn: of the large chart, and of a small one. */
const [LARGE, SMALL] = [300, 120]

/** The points that are to be seen: of a long run every accuracy, and of rewards and their mean what makes the same picture. */
export function thinned(points: readonly Point[]): Point[] {
  if (points.length <= 4 * LARGE) return [...points]
  const end = points.at(-1)!.x
  const seen = (['reward', 'smooth'] as const).flatMap((key) =>
    thin(points.flatMap((point) => (point[key] === undefined ? [] : [{ x: point.x, y: point[key], point }])), 0, end, LARGE))
  const kept = new Set(seen.map(({ point }) => point))
  return points.filter((point) => kept.has(point) || point.accuracy !== undefined)
}

/** A metric over the steps that have it. */
export function metricPoints(reports: readonly StepReport[], name: string): { x: number; y: number }[] {
  return reports.flatMap(({ step, metrics }) => {
    const value = metrics[name]
    return value === undefined || !Number.isFinite(value) ? [] : [{ x: step, y: value }]
  })
}

/** Of a long run so many points that the small chart looks the same. */
export function metricCurve(reports: readonly StepReport[], name: string): { step: number; value: number }[] {
  const points = metricPoints(reports, name)
  return thin(points, 0, points.at(-1)?.x ?? 0, SMALL).map(({ x, y }) => ({ step: x, value: y }))
}

/** [0, 1], wider where rewards leave it. */
export function rewardDomain(points: readonly Point[]): [number, number] {
  const values = points.flatMap((point) => point.reward ?? [])
  return [Math.min(0, ...values), Math.max(1, ...values)]
}

/** The curve in one sentence, for those who do not see it. */
export function describeCurve(name: string, curve: readonly { step: number; value: number }[], write: (value: number) => string): string {
  const first = curve[0]
  const last = curve.at(-1)
  if (!first || !last) return say`${name}: no values yet`
  if (first === last) return say`${name}: ${write(first.value)} at step ${first.step}`
  const values = curve.map((point) => point.value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const ends = say`${write(first.value)} at step ${first.step}, ${write(last.value)} at step ${last.step}`
  return say`${name}: ${ends}, between ${write(low)} and ${write(high)}`
}
