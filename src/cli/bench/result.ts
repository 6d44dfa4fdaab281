/** What `bench` writes (docs/formats.md) and prints: every figure with its spread, and everything that a figure depends on. */
import type { Environment } from './environment'
import type { Gate } from './gate'
import type { Parts, Repeated } from './repeat'
import { spreadOf, type Spread } from './spread'

export const SUITES = ['decode', 'train', 'load', 'step', 'kernels'] as const
export type Suite = (typeof SUITES)[number]

export interface Figure {
  name: string
  seconds: Spread
  /** The first time, which is none of the samples: what is compiled or fetched on the way is in it. */
  warmup: number
  /** By their units, from the median: tokens/s, GFLOP/s, GB/s, … */
  rates: Record<string, number>
}

export interface BenchResult {
  format: 'etude-bench'
  version: 1
  suite: Suite
  /** What was run: rows, tokens, shapes, in words. */
  about: string
  environment: Environment
  gate: Gate
  figures: Figure[]
}

/** One figure for each part, with the rates that `amounts` says: so many of a unit in one repetition of a part. */
export function figuresOf({ warmup, samples }: Repeated, amounts: Record<string, Parts> = {}, before = ''): Figure[] {
  return Object.keys(warmup).map((part) => {
    const seconds = spreadOf(samples.map((sample) => sample[part]!))
    const rates = Object.entries(amounts[part] ?? {}).map(([unit, amount]) => [unit, amount / seconds.median] as const)
    return { name: before + part, seconds, warmup: warmup[part]!, rates: Object.fromEntries(rates) }
  })
}

/** A table of the figures in milliseconds. */
export function tableOf({ figures }: Pick<BenchResult, 'figures'>): string {
  const ms = (seconds: number) => (1000 * seconds).toPrecision(3)
  const rows = figures.map(({ name, seconds: { median, q1, q3, samples }, warmup, rates }) => [
    name, ms(median), `${ms(q1)}–${ms(q3)}`, String(samples.length), ms(warmup),
    Object.entries(rates).map(([unit, rate]) => (unit === 'of ceiling' ? `${(100 * rate).toFixed(0)} % of the ceiling` : `${rate.toPrecision(3)} ${unit}`)).join(', '),
  ]) // prettier-ignore
  const all = [['', 'median ms', 'quartiles', 'n', 'first', ''], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ').trimEnd()).join('\n')
}
