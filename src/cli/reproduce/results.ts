/** What a reproduction finds, as JSON: every arm's runs point by point, means with intervals over seeds, and the method's claims. */
import { halfInterval, mean } from '../../rl/math/statistics'
import type { Answers, Evaluation } from '../../rl/report'
import type { RunSpec } from '../../runs/spec'

/** A way of training whose runs are compared with others' at equal generated tokens. */
export interface Arm {
  name: string
  title: string
  /** Which table it belongs to. */
  set: string
  spec: (seed: number) => RunSpec
  seeds: number[]
  /** The arm whose adapter of the same seed its runs go on from; it has these seeds too. */
  start?: Arm
  /** Optimizer steps of a way of training that generates nothing as it goes: its marks are equal parts of them. */
  updates?: number
}

/** One evaluation of one run. */
export interface Point {
  /** Generated tokens that were asked for (or the same part of the arm's updates), and those that there were. */
  mark: number
  tokens: number
  step: number
  questions: number
  seconds: number
  accuracy: number
  majority?: number | undefined
  /** Of the answer that a reward model scores highest, and of a vote weighed by its scores. */
  rerank?: number | undefined
  weighted?: number | undefined
  passAt?: Record<string, number> | undefined
  levels?: Record<string, number> | undefined
  notesRight?: number | undefined
  /** The task's own measures. */
  measures?: Record<string, number> | undefined
  /** Accuracy of the spec's other ways of asking. */
  variants: Record<string, number>
  /** Completion tokens of one answer. */
  meanLength: number
}

export interface ArmRun {
  seed: number
  points: Point[]
}

/** Mean over seeds and half its 95 % interval (Student's t); no interval from one seed. */
export interface Estimate {
  mean: number
  half?: number | undefined
  seeds: number
}

export interface ArmResults {
  name: string
  title: string
  set: string
  /** The set and name of the arm that it goes on from. */
  from?: string | undefined
  updates?: number | undefined
  /** Of the first seed, without the adapter that it goes on from; the others differ in `seed` alone. */
  spec: RunSpec
  runs: ArmRun[]
  /** Accuracy at each mark, and in `others` the greedy one, the majority vote …, [marks]. */
  accuracy: Estimate[]
  others: Record<string, Estimate[]>
}

export interface Claim {
  title: string
  /** What it says, in a sentence with its figures. */
  says: string
  columns: string[]
  rows: (string | number)[][]
}

export interface Results {
  format: 'etude-reproduction'
  version: 1
  method: string
  /** One seed and few tokens: it shows that everything runs, and proves nothing. */
  quick: boolean
  model: string
  /** Adapter and kernel tier that computed. */
  device: string
  date: string
  marks: number[]
  arms: ArmResults[]
  claims: Claim[]
  /** Runs that are still missing, “arm seed”. */
  missing: string[]
}

export function estimate(values: (number | undefined)[]): Estimate {
  const known = values.filter((x) => x !== undefined)
  const half = halfInterval(known)
  return { mean: mean(known), ...(Number.isFinite(half) && { half }), seeds: known.length }
}

/** The first evaluation at or after each mark, by tokens or by the same part of `updates`; the last one where a run ended before. */
export function pointsOf(evaluations: Evaluation[], marks: number[], updates?: number): Point[] {
  const step = (mark: number) => ((updates ?? 0) * mark) / marks.at(-1)!
  return marks.flatMap((mark) => {
    const due = (of: Evaluation) => (updates === undefined ? of.numTokens >= mark : of.step >= step(mark))
    const of = evaluations.find(due) ?? evaluations.at(-1)
    return of ? [point(of, mark)] : []
  })
}

function point(of: Evaluation, mark: number): Point {
  return {
    mark,
    tokens: of.numTokens,
    step: of.step,
    questions: of.questions,
    seconds: of.seconds,
    accuracy: of.accuracy,
    majority: of.majority?.accuracy,
    rerank: of.rerank?.accuracy,
    weighted: of.weighted?.accuracy,
    passAt: of.passAt,
    levels: of.levels && Object.fromEntries(Object.entries(of.levels).map(([level, { accuracy }]) => [level, accuracy])),
    notesRight: of.notes?.right,
    measures: of.measures && Object.fromEntries(Object.entries(of.measures).map(([name, { accuracy }]) => [name, accuracy])),
    variants: Object.fromEntries(Object.entries(of.variants ?? {}).map(([name, { accuracy }]: [string, Answers]) => [name, accuracy])),
    meanLength: of.meanLength,
  }
}

export function summarise(arm: Arm, runs: ArmRun[], marks: number[]): ArmResults {
  const at = (read: (point: Point) => number | undefined) => marks.map((_, i) => estimate(runs.map(({ points }) => points[i] && read(points[i]))))
  const others: Record<string, Estimate[]> = {}
  const names = new Set(runs.flatMap(({ points }) => points.flatMap(({ variants }) => Object.keys(variants))))
  for (const name of names) others[name] = at(({ variants }) => variants[name])
  const more = { majority: 'majority', rerank: 'rerank', weighted: 'weighted vote', notesRight: 'notes right' } as const
  for (const key of Object.keys(more) as (keyof typeof more)[])
    if (runs.some(({ points }) => points.some((point) => point[key] !== undefined))) others[more[key]] = at((point) => point[key])
  const { name, title, set, start, updates } = arm
  const from = start && `${start.set}/${start.name}`
  return { name, title, set, from, updates, spec: arm.spec(arm.seeds[0]!), runs, accuracy: at(({ accuracy }) => accuracy), others }
}

export function write({ mean: m, half }: Estimate): string {
  if (!Number.isFinite(m)) return '–'
  return m.toFixed(3).replace(/^0/, '') + (half === undefined ? '' : ` ± ${half.toFixed(3).replace(/^0/, '')}`)
}

/** What the last evaluations of an arm's runs say, over seeds. */
export function last(arm: Pick<ArmResults, 'runs'>, read: (point: Point) => number | undefined): Estimate {
  return estimate(arm.runs.map(({ points }) => points.at(-1) && read(points.at(-1)!)))
}

/** The table of one set of arms as text. */
export function table(results: Results, set: string): string {
  const rows = results.arms.flatMap((arm) => {
    if (arm.set !== set) return []
    const cells = (name: string, of: Estimate[]) => [name, ...of.map(write)]
    return [
      cells(`${arm.name} (${arm.accuracy[0]?.seeds ?? 0} seeds)`, arm.accuracy),
      ...Object.entries(arm.others).map(([name, of]) => cells(`  ${name}`, of)),
    ]
  })
  const all = [['generated tokens', ...results.marks.map((mark) => (mark === 0 ? '0' : `${mark / 1000}k`))], ...rows]
  const widths = all[0]!.map((_, c) => Math.max(...all.map((row) => row[c]!.length)))
  return all.map((row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ')).join('\n')
}
