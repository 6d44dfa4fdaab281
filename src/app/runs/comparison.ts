/** The curves of several runs over one axis: raw and smoothed, and of runs that differ by seed alone one mean with its band. Pure. */
import type { Evaluation, StepReport } from '../../rl/report'
import type { Figures } from '../../runs/library/rows'
import type { RunSpec } from '../../runs/spec'
import { placesOn, type Axis } from '../curves/axis'
import { smooth } from '../curves/curve'
import { seedlessKey } from './differences'
import { between, type XY } from './thin'
import { later, say } from '../words/say'

export interface ComparedRun {
  id: string
  name: string
  colour: number
  spec: RunSpec
  reports: readonly StepReport[]
  evaluations: readonly Evaluation[]
}

export interface Band {
  x: number
  low: number
  high: number
}

export interface Curve {
  key: string
  name: string
  colour: number
  /** One of each run, [runs]. */
  raw: XY[][]
  /** Smoothed; of several runs their mean. */
  line: XY[]
  /** Wilson's 95 % interval of one run's accuracy; of several runs Student's of their mean, of two the two themselves. */
  band: Band[]
}

/** What can be drawn: a metric of the reports, or held-out accuracy. */
export const ACCURACY = 'accuracy'

export interface Wish {
  metric: string
  axis: Axis
  /** Of the moving average, in [0, 1). */
  weight: number
  /** Runs that differ by seed alone as one curve. */
  together: boolean
}

export function curvesOf(runs: readonly ComparedRun[], wish: Wish): Curve[] {
  const groups = new Map<string, ComparedRun[]>()
  for (const run of runs) {
    const key = wish.together ? seedlessKey(run.spec) : run.id
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map((members) => {
    const [first, ...others] = members.toSorted((a, b) => a.spec.seed - b.spec.seed)
    return others.length === 0 ? single(first!, wish) : several([first!, ...others], wish)
  })
}

function single(run: ComparedRun, { metric, axis, weight }: Wish): Curve {
  const { id: key, name, colour } = run
  const raw = pointsOf(run, metric, axis)
  if (metric !== ACCURACY) return { key, name, colour, raw: [raw], line: smoothed(raw, weight), band: [] }
  const places = placesOf(run, axis).evaluations
  return { key, name, colour, raw: [], line: raw, band: run.evaluations.map(({ low, high }, i) => ({ x: places[i]!, low, high })) }
}

function several(members: readonly ComparedRun[], { metric, axis, weight }: Wish): Curve {
  const [first] = members
  const raw = members.map((run) => pointsOf(run, metric, axis))
  const own = metric === ACCURACY ? raw : raw.map((points) => smoothed(points, weight))
  const band: Band[] = []
  const line = gridOf(own).map((x) => {
    const { mean, low, high } = intervalOf(own.map((points) => between(points, x)!))
    band.push({ x, low, high })
    return { x, y: mean }
  })
  const seeds = members.map(({ spec }) => spec.seed).join(', ')
  const name = say`${first!.name.replace(/, seed \d+( \(\d+\))?$/, '')}, seeds ${seeds}`
  return { key: members.map(({ id }) => id).join(), name, colour: first!.colour, raw: metric === ACCURACY ? [] : raw, line, band }
}

const drawn = new WeakMap<readonly StepReport[], Map<string, { of: readonly Evaluation[]; points: XY[] }>>()

/** Points of a report that has no such value are left out. They stay the same as long as the run's rows do. */
export function pointsOf(run: ComparedRun, metric: string, axis: Axis): XY[] {
  const own = drawn.get(run.reports) ?? new Map<string, { of: readonly Evaluation[]; points: XY[] }>()
  const found = own.get(`${axis} ${metric}`)
  if (found?.of === run.evaluations) return found.points
  const points = readPoints(run, metric, axis)
  drawn.set(run.reports, own.set(`${axis} ${metric}`, { of: run.evaluations, points }))
  return points
}

function readPoints(run: ComparedRun, metric: string, axis: Axis): XY[] {
  const places = placesOf(run, axis)
  const values = metric === ACCURACY ? run.evaluations.map(({ accuracy }) => accuracy) : run.reports.map(({ metrics }) => metrics[metric])
  const at = metric === ACCURACY ? places.evaluations : places.reports
  const points: XY[] = []
  values.forEach((y, i) => {
    const x = at[i]
    if (x !== undefined && y !== undefined && Number.isFinite(y)) points.push({ x, y })
  })
  return points
}

/** The last smoothing of each curve: while one run grows the others stay. */
const smooths = new WeakMap<readonly XY[], { weight: number; line: XY[] }>()

function smoothed(points: readonly XY[], weight: number): XY[] {
  const found = smooths.get(points)
  if (found?.weight === weight) return found.line
  const ys = smooth(points.map(({ y }) => y), weight)
  const line = points.map(({ x }, i) => ({ x, y: ys[i]! }))
  smooths.set(points, { weight, line })
  return line
}

/** Places that all the curves reach: their own, or, where these are many, so many at equal distances. */
const GRID = 500

function gridOf(curves: readonly XY[][]): number[] {
  if (curves.some((points) => points.length === 0)) return []
  const from = Math.max(...curves.map((points) => points[0]!.x))
  const to = Math.min(...curves.map((points) => points.at(-1)!.x))
  if (to < from) return []
  const own = [...new Set(curves.flatMap((points) => points.map(({ x }) => x)))].filter((x) => x >= from && x <= to).sort((a, b) => a - b)
  return own.length <= GRID ? own : Array.from({ length: GRID }, (_, i) => from + ((to - from) * i) / (GRID - 1))
}

/** t of Student's distribution at 97.5 %, for 1, 2, … degrees of freedom; 1.96 from 31 on. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093,
  2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** Mean ± t · s / √n; of two values the values themselves, as t of one degree of freedom says next to nothing. */
export function intervalOf(values: readonly number[]): { mean: number; low: number; high: number } {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  if (n < 3) return { mean, low: Math.min(...values), high: Math.max(...values) }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1)
  const half = (T[n - 2] ?? 1.96) * Math.sqrt(variance / n)
  return { mean, low: mean - half, high: mean + half }
}

/** Places are asked for by every chart of the page, and depend on the rows alone. */
const known = new WeakMap<readonly StepReport[], Partial<Record<Axis, { of: readonly Evaluation[]; places: ReturnType<typeof placesOn> }>>>()

function placesOf({ reports, evaluations }: ComparedRun, axis: Axis): ReturnType<typeof placesOn> {
  const own = known.get(reports) ?? {}
  const found = own[axis]
  if (found?.of === evaluations) return found.places
  const places = placesOn(axis, reports, evaluations)
  known.set(reports, { ...own, [axis]: { of: evaluations, places } })
  return places
}

/** What the y axis must hold of the curves between two places: all raw points and bands, [low, high]; undefined where nothing is there. */
export function reachOf(curves: readonly Curve[], from: number, to: number, positive: boolean): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity]
  const take = (x: number, y: number) => {
    if (x < from || x > to || (positive && y <= 0)) return
    if (y < low) low = y
    if (y > high) high = y
  }
  for (const { raw, line, band } of curves) {
    for (const points of [...raw, line]) for (const { x, y } of points) take(x, y)
    for (const { x, low: l, high: h } of band) {
      take(x, l)
      take(x, h)
    }
  }
  return low > high ? undefined : [low, high]
}

/** About four round places within the domain; on a log axis powers of ten, or 1, 2 and 5 times these where it holds few of them. */
export function niceTicks([low, high]: [number, number], log: boolean): number[] {
  if (log) {
    const tens = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)))
    const within = (ticks: number[]) => ticks.filter((tick) => tick >= low && tick <= high)
    const powers = within(tens.map((n) => Number(`1e${n}`)))
    if (powers.length >= 3) return powers.filter((_, i) => i % Math.ceil(powers.length / 5) === 0)
    return within(tens.flatMap((n) => [1, 2, 5].map((digit) => Number(`${digit}e${n}`))))
  }
  const unit = 10 ** Math.floor(Math.log10((high - low) / 3))
  const size = [1, 2, 2.5, 5, 10].map((digit) => digit * unit).find((each) => (high - low) / each <= 4.01) ?? high - low
  return range(Math.ceil(low / size - 1e-9), Math.floor(high / size + 1e-9)).map((n) => Number((n * size).toPrecision(12)))
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)

/** What a chart draws: a row for each point, with its curve's name; its ends where it has a band, and the raw value where it is smoothed. */
export function figuresOf(curves: readonly Curve[], axis: Axis): Figures {
  const rows = curves.flatMap(({ name, raw, line, band }) =>
    line.map(({ x, y }, i) => [name, x, y, band[i]?.low, band[i]?.high, raw.length === 1 ? raw[0]![i]?.y : undefined]))
  return { header: [later`run`, axis, later`value`, later`low`, later`high`, later`raw`], rows }
}
