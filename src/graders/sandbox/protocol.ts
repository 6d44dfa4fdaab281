/** What passes between a sandbox and its workers. A value crosses as JSON text or as a number, and is never more than that. */
import { z } from 'zod'
import type { Language, Outcome } from './sandbox'

/** The first message to a worker, on its own channel; everything after goes through `port`. */
export interface Start {
  port: MessagePort
  /** The interpreter, compiled; absent where the worker's code holds it. */
  module?: WebAssembly.Module | undefined
  /** CPython's standard library, a zip. */
  library?: ArrayBuffer | undefined
  /** CPython's memory right after its start: the next one starts from it, five times as fast. */
  snapshot?: Uint8Array | undefined
}

export interface Job {
  id: number
  source: string
  call: string
  /** JSON text of an array. */
  args: string
  seconds: number
  output: number
}

const text = { output: z.string(), spent: z.boolean().optional() }
const kinds = z.enum(['error', 'timeout', 'memory', 'crash'])

/** What a program gave, a number as it is, anything else as JSON text; or why it failed. `spent`: its worker is not to be used again. */
const result = z.union([
  z.object({ ok: z.literal(true), number: z.custom<number>((value) => typeof value === 'number'), ...text }),
  z.object({ ok: z.literal(true), json: z.string(), ...text }),
  z.object({ ok: z.literal(false), kind: kinds, error: z.string(), ...text }),
])
export type Result = z.output<typeof result>

/** What came from a worker that may be lying, as an outcome. */
export function readResult(came: unknown, seconds: number): Outcome & { spent?: boolean | undefined } {
  try {
    const { spent, ...given } = result.parse(came)
    if (!given.ok) return { ...given, seconds, spent }
    return { ok: true, value: 'number' in given ? given.number : JSON.parse(given.json), output: given.output, seconds, spent }
  } catch {
    return { ok: false, kind: 'crash', error: 'what came from the program cannot be read', output: '', seconds, spent: true }
  }
}

export type Reply =
  | { ready: true; snapshot?: Uint8Array | undefined }
  | { broken: string }
  | { id: number; result: unknown }

/** What interprets a language. */
export const NAMES: Readonly<Record<Language, string>> = { micropython: 'MicroPython', javascript: 'QuickJS', python: 'Python (Pyodide)' }
