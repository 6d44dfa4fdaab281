/**
 * A recording: a run to be watched where nothing can be trained. The metrics of all steps, all evaluations, and the groups of some
 * steps, with the numbers of their tokens for a few; figures are rounded, and as many steps are taken as fit. Gzip over JSON
 * (docs/formats.md).
 */
import { gzipSync, strFromU8, strToU8 } from 'fflate'
import { z } from 'zod'
import { readJson, shown } from '../../graders/json'
import type { Evaluation, StepReport, TokenRecord } from '../../rl/report'
import { parseSpec, type RunSpec } from '../spec'
import { evaluationRow, groupsOf, readEvaluation, readGroup, readTokens, sayIssue, tokensOf } from './schema'
import { gunzip } from './unzip'

export interface Recorded {
  name: string
  /** Where and when it ran, in words. */
  about?: string | undefined
  spec: RunSpec
  reports: readonly StepReport[]
  evaluations: readonly Evaluation[]
}

const FORMAT = 'etude-recording'
const VERSION = 1
/** Bytes of a recording, unless somebody wants another size. */
const SIZE = 60_000
/** Significant digits of figures, and of those of tokens. */
const [DIGITS, TOKEN_DIGITS] = [5, 4]
/** Bytes that a recording may unpack to. */
const LIMIT = 16e6

/** Steps with groups, and of these with tokens, from many to none. */
const TRIES = [
  [60, 8], [40, 8], [30, 6], [24, 6], [18, 5], [14, 4], [10, 4], [8, 3], [6, 3], [5, 2], [4, 1], [3, 1], [2, 1], [2, 0], [1, 0], [0, 0],
] as const

/** The bytes of a recording of the run, of at most `size` if its metrics leave room. */
export function writeRecording(run: Recorded, size = SIZE): Uint8Array {
  let bytes = new Uint8Array()
  for (const [groups, tokens] of TRIES) {
    bytes = gzipSync(strToU8(JSON.stringify(recordingOf(run, groups, tokens))), { level: 9, mtime: 0 })
    if (bytes.length <= size) break
  }
  return bytes
}

/** The recording as JSON, with so many steps' groups and so many steps' tokens, first and last among them. */
export function recordingOf({ name, about, spec, reports, evaluations }: Recorded, groups: number, tokens: number): object {
  const chosen = spread(reports.filter((report) => report.groups.length > 0), groups)
  const told = spread(chosen.filter((report) => report.tokens), tokens)
  const names = [...new Set(reports.flatMap(({ metrics }) => Object.keys(metrics)))]
  const column = (each: string) => reports.map(({ metrics }) => (metrics[each] === undefined ? null : rounded(metrics[each], DIGITS)))
  return {
    format: FORMAT, version: VERSION, name, ...(about !== undefined && { about }), spec,
    steps: reports.map(({ step }) => step),
    metrics: Object.fromEntries(names.map((each) => [each, column(each)])),
    trouble: Object.fromEntries(reports.flatMap(({ step, trouble }) => (trouble === undefined ? [] : [[step, trouble]]))),
    evaluations: evaluations.map((each) => round(each, DIGITS)),
    groups: Object.fromEntries(chosen.map(({ step, groups: own }) => [step, round(own, DIGITS)])),
    tokens: Object.fromEntries(told.map(({ step, tokens: own }) => [step, round(own, TOKEN_DIGITS)])),
  }
}

const byStep = <T extends z.ZodType>(of: T) => z.record(z.string().regex(/^\d+$/), of)
const schema = z.object({
  format: z.literal(FORMAT), version: z.literal(VERSION), name: z.string().max(300), about: z.string().max(300).optional(), spec: z.unknown(),
  steps: z.array(z.int().min(1)), metrics: z.record(z.string(), z.array(z.number().nullable())), trouble: byStep(z.string()).default({}),
  evaluations: z.array(evaluationRow), groups: byStep(groupsOf), tokens: byStep(tokensOf),
})

/** Throws one sentence where the bytes are no recording, of another version, too large or damaged. */
export function readRecording(bytes: Uint8Array): Recorded {
  let json: unknown
  try {
    json = readJson(strFromU8(bytes[0] === 0x1f ? gunzip(bytes, LIMIT) : bytes))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the recording cannot be read (${why}); it may be damaged or cut short.`, { cause: error })
  }
  const { format, version } = (json ?? {}) as { format?: unknown; version?: unknown }
  if (format !== FORMAT)
    throw new Error('this file is no recording of Étude; make one from the list of runs, or with npm run train -- --record FILE.')
  if (version !== VERSION)
    throw new Error(`the recording is of version ${shown(version)}, this page reads version ${VERSION}; reload the page to get its newest version.`)
  const { success, data, error } = schema.safeParse(json)
  if (!success) throw new Error(`the recording is damaged (${sayIssue(error)}).`)
  const { name, about, steps, metrics, trouble, evaluations, groups, tokens } = data
  const reports = steps.map((step, i): StepReport => ({
    step,
    metrics: Object.fromEntries(Object.entries(metrics).flatMap(([each, values]) => (typeof values[i] === 'number' ? [[each, values[i]]] : []))),
    ...(trouble[step] !== undefined && { trouble: trouble[step] }),
    groups: (groups[step] ?? []).map(readGroup),
    ...(tokens[step] && matches(tokens[step], groups[step] ?? []) && { tokens: readTokens(tokens[step]) }),
    resumable: false,
  }))
  reports.sort((a, b) => a.step - b.step)
  return { name, about, spec: parseSpec(data.spec), reports, evaluations: evaluations.map(readEvaluation) }
}

/** Whether there is a row of numbers for every completion: views count on it. */
function matches({ sampled }: Pick<TokenRecord, 'sampled'>, groups: readonly { completions: readonly unknown[] }[]): boolean {
  return sampled.length >= groups.reduce((sum, { completions }) => sum + completions.length, 0)
}

/** `count` of them at equal distances, the first and the last among them. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  if (count < 2) return all.slice(all.length - count)
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!)
}

/** Whole numbers count something, and stay. */
function rounded(value: number, digits: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(digits))
}

/** Every number in it that is not whole. */
function round<T>(value: T, digits: number): T {
  return JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? rounded(each, digits) : each))) as T
}
