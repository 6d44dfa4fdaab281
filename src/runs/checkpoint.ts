/**
 * A checkpoint: everything that a run needs to go on, in one array of bytes. Layout: the magic "ETUDERUN", the version (u32, little
 * endian), the length of the header (u32), the header (JSON, UTF-8), then what Policy.save() gave.
 */
import { z } from 'zod'
import { readJson } from '../graders/json'
import type { Position } from '../rl/algorithm'
import type { Evaluation } from '../rl/report'
import { evaluationRow, readEvaluation, sayIssue } from './library/schema'
import { parseSpec, type RunSpec } from './spec'

export interface Checkpoint {
  spec: RunSpec
  position: Position
  evaluations: readonly Evaluation[]
  /** Running time so far. */
  seconds: number
  /** Adapter and optimizer, as the policy saved them. */
  policy: Uint8Array
}

const MAGIC = 'ETUDERUN'
const VERSION = 1
const START = MAGIC.length + 8

const count = z.number().min(0)
const position = z.object({
  step: z.int().min(0), numTokens: count, generatedTokens: count, questions: count, state: z.record(z.string(), z.number()).optional(),
  rate: count.optional(), curriculum: z.object({ level: z.int().min(0), groups: z.number(), success: z.number() }).catchall(z.number()).optional(),
})
const header = z.object({ spec: z.unknown(), position, evaluations: z.array(evaluationRow), seconds: count })

export function writeCheckpoint({ policy, ...header }: Checkpoint): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(START + text.length + policy.length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(MAGIC))
  view.setUint32(MAGIC.length, VERSION, true)
  view.setUint32(MAGIC.length + 4, text.length, true)
  bytes.set(text, START)
  bytes.set(policy, START + text.length)
  return bytes
}

/** Throws when the bytes are no checkpoint, one of another version, or cut short. */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length))
  if (magic !== MAGIC || bytes.length < START) throw new Error('this is not a checkpoint of a run: it does not begin with ETUDERUN')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = view.getUint32(MAGIC.length, true)
  if (version !== VERSION)
    throw new Error(`the checkpoint is of version ${version}, this program reads version ${VERSION}; start the run anew`)
  const length = view.getUint32(MAGIC.length + 4, true)
  if (START + length > bytes.length) throw new Error(`the checkpoint is cut short: ${bytes.length} bytes of at least ${START + length}`)
  const { spec, ...read } = readHeader(bytes.subarray(START, START + length))
  return { ...read, evaluations: read.evaluations.map(readEvaluation), spec: parseSpec(spec), policy: bytes.slice(START + length) }
}

function readHeader(bytes: Uint8Array): z.output<typeof header> {
  const damaged = (why: string) => new Error(`the checkpoint is damaged (${why}); go on from another, or start the run anew`)
  let json: unknown
  try {
    json = readJson(new TextDecoder().decode(bytes))
  } catch (error) {
    throw damaged((error as Error).message)
  }
  const { success, error } = header.safeParse(json)
  if (!success) throw damaged(sayIssue(error))
  return json as z.output<typeof header> // as it was written, to the order of its keys
}

/** What may differ between a checkpoint's spec and the one that goes on from it. */
const FREE = new Set<keyof RunSpec>(['steps', 'stop', 'evaluation', 'notes'])

/** A checkpoint goes on only with its own spec; but the run may be made longer, or be evaluated in another way. */
export function refuseOther(spec: RunSpec, saved: RunSpec): void {
  for (const key of Object.keys(spec) as (keyof RunSpec)[])
    if (!FREE.has(key) && JSON.stringify(spec[key]) !== JSON.stringify(saved[key]))
      throw new Error(
        `the checkpoint is of another run: its ${key} is ${JSON.stringify(saved[key])}, the spec's is ${JSON.stringify(spec[key])}`,
      )
}
