/**
 * A run as one file: a zip of its folder (docs/formats.md) and run.json, which holds its name, note and the SHA-256 of every other
 * file, so that damage is found. The folder of `npm run train -- --out` zipped by hand is read too.
 */
import { strToU8, zipSync, type Zippable } from 'fflate'
import { z } from 'zod'
import { oneLine, readJson } from '../../graders/json'
import { Digest } from '../../hub/digest'
import { readCheckpoint } from '../checkpoint'
import { parseSpec, type RunSpec } from '../spec'
import type { KeptRun } from './library'
import { journalsOf } from './rows'
import { evaluationRow, readEvaluation, readGroup, rolloutRow, sayIssue, stepRow } from './schema'
import { readZip } from './unzip'

/** What a file of a run holds. */
export interface RunFile extends Pick<KeptRun, 'reports' | 'evaluations'> {
  about: Omit<z.output<typeof about>, 'version' | 'sha256'>
  spec: RunSpec
  checkpoint?: Uint8Array | undefined
  adapter?: Record<string, Uint8Array> | undefined
}

const ABOUT = 'run.json'
const VERSION = 1
const about = z.object({
  version: z.literal(VERSION), name: z.string().max(300).optional(), note: z.string().max(5000).optional(), created: z.number().optional(),
  place: z.string().optional(), tier: z.string().optional(), done: z.boolean().optional(), sha256: z.record(z.string(), z.string()).optional(),
})

/** Bytes of the file and of one of its texts, and files in it, at most. */
export const LIMITS = { file: 1e9, text: 400e6, entries: 1000 }

export function writeRunFile(run: KeptRun, blobs: Pick<RunFile, 'checkpoint' | 'adapter'> = {}): Uint8Array {
  const { entry } = run
  const files: Record<string, Uint8Array> = {
    'spec.json': strToU8(JSON.stringify(entry.spec, null, 2) + '\n'),
    ...Object.fromEntries(Object.entries(journalsOf(run)).map(([name, text]) => [name, strToU8(text)])),
    ...(blobs.checkpoint && { checkpoint: blobs.checkpoint }),
    ...Object.fromEntries(Object.entries(blobs.adapter ?? {}).map(([name, bytes]) => [`adapter/${name}`, bytes])),
  }
  const [first, last] = [run.evaluations.at(0), run.evaluations.at(-1)]
  const summary = { spec: entry.spec, steps: entry.step, generated_tokens: entry.tokens, seconds: entry.seconds, ...(first && { first, last }) }
  files['summary.json'] = strToU8(JSON.stringify(summary, null, 2) + '\n')
  const { name, note, created, place, tier, state } = entry
  const sha256 = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, sha(bytes)]))
  const head = { version: VERSION, name, note, created, place, tier, done: state === 'done', sha256 }
  const packed: Zippable = { [ABOUT]: strToU8(JSON.stringify(head, null, 2) + '\n'), ...files }
  for (const binary of Object.keys(files).filter((file) => /checkpoint|safetensors/.test(file))) packed[binary] = [files[binary]!, { level: 1 }]
  return zipSync(packed, { level: 6, mtime: new Date(created) })
}

/** Throws one sentence where the bytes are no run's file, too large, or damaged. */
export function readRunFile(bytes: Uint8Array): RunFile {
  if (bytes.length > LIMITS.file) throw new Error(`the file has ${bytes.length} bytes, more than the ${LIMITS.file} that are read.`)
  const files = unpack(bytes)
  const head = files.has(ABOUT) ? parse(about, ABOUT, json(ABOUT, textOf(files, ABOUT))) : undefined
  for (const [name, wanted] of Object.entries(head?.sha256 ?? {}))
    if (!files.has(name) || sha(files.get(name)!) !== wanted)
      throw damaged(`${name} is ${files.has(name) ? 'not what was written' : 'missing'}`)
  if (!files.has('spec.json') || !files.has('steps.jsonl'))
    throw new Error('this zip is no run of Étude: it has no spec.json and steps.jsonl; choose one that was saved from the list of runs.')
  const spec = sentence('spec.json', () => parseSpec(textOf(files, 'spec.json')))
  const groups = new Map<number, [number, ReturnType<typeof readGroup>][]>()
  for (const { step, question, ...group } of lines(files, 'rollouts.jsonl', rolloutRow))
    groups.set(step, [...(groups.get(step) ?? []), [question, readGroup(group)]])
  const reports = lines(files, 'steps.jsonl', stepRow).map(({ step, trouble, ...metrics }) => ({
    step,
    metrics: Object.fromEntries(Object.entries(metrics).filter((each): each is [string, number] => each[1] !== null)),
    ...(trouble !== undefined && { trouble }),
    resumable: true,
    groups: (groups.get(step) ?? []).sort(([a], [b]) => a - b).map(([, group]) => group),
  }))
  const evaluations = lines(files, 'eval.jsonl', evaluationRow).map(readEvaluation)
  const checkpoint = files.get('checkpoint')
  if (checkpoint) sentence('checkpoint', () => readCheckpoint(checkpoint))
  const adapter = [...files].flatMap(([name, data]) => (name.startsWith('adapter/') ? [[name.slice('adapter/'.length), data] as const] : []))
  const { sha256: _, version: __, ...known } = head ?? { version: VERSION }
  return {
    about: known, spec, evaluations: inOrder(evaluations), reports: inOrder(reports),
    ...(checkpoint && { checkpoint }), ...(adapter.length > 0 && { adapter: Object.fromEntries(adapter) }),
  }
}

const NAMES = /^(run\.json|spec\.json|steps\.jsonl|rollouts\.jsonl|eval\.jsonl|summary\.json|checkpoint|adapter\/[\w.-]+)$/

/** Of what the zip holds only what a run's folder has; a folder around it is taken off. */
function unpack(bytes: Uint8Array): Map<string, Uint8Array> {
  try {
    return new Map(
      readZip(bytes, LIMITS.entries).filter(({ name }) => NAMES.test(plain(name))).map(({ name, size, read }) => {
        if (size > LIMITS.text && name.includes('json')) throw new Error(`${name} has ${size} bytes, more than are read`)
        return [plain(name), read()]
      }),
    )
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error))
  }
}

const plain = (name: string) => name.replace(/^(?!adapter\/)[^/]+\//, '')

function lines<T extends z.ZodType>(files: Map<string, Uint8Array>, name: string, row: T): z.output<T>[] {
  if (!files.has(name)) return []
  const all = textOf(files, name).split('\n')
  return all.flatMap((text, i) => (text.trim() === '' ? [] : [parse(row, `${name}, line ${i + 1}`, json(`${name}, line ${i + 1}`, text))]))
}

function textOf(files: Map<string, Uint8Array>, name: string): string {
  return sentence(name, () => new TextDecoder('utf-8', { fatal: true }).decode(files.get(name)))
}

function json(where: string, text: string): unknown {
  return sentence(where, () => readJson(text))
}

function parse<T extends z.ZodType>(shape: T, where: string, value: unknown): z.output<T> {
  const { success, data, error } = shape.safeParse(value)
  if (!success) throw damaged(`${where}: ${sayIssue(error)}`)
  return data
}

function sentence<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw damaged(`${where}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function damaged(why: string): Error {
  return new Error(`the file of the run cannot be read (${oneLine(why, 400)}); it may be damaged or cut short: save or send it again.`)
}

function inOrder<R extends { step: number }>(rows: R[]): R[] {
  const sorted = rows.sort((a, b) => a.step - b.step)
  const twice = sorted.find((row, i) => row.step === sorted[i - 1]?.step)
  if (twice) throw damaged(`step ${twice.step} stands there twice`)
  return sorted
}

const sha = (bytes: Uint8Array) => new Digest('sha256').update(bytes).hex()
