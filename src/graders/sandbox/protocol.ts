/** What passes between a sandbox and its workers. A value crosses as JSON text or as a number, and is never more than that. */
import type { Failed, Language } from './sandbox'

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

/** What a program gave: a number as it is, anything else as JSON text. */
export type Given = { ok: true; number: number; output: string } | { ok: true; json: string; output: string }
export type Result = (Given | Omit<Failed, 'seconds'>) & {
  /** The interpreter is not to be used again. */
  spent?: boolean
}

export type Reply =
  | { ready: true; snapshot?: Uint8Array | undefined }
  | { broken: string }
  | { id: number; result: Result }

/** What interprets a language. */
export const NAMES: Readonly<Record<Language, string>> = { micropython: 'MicroPython', javascript: 'QuickJS', python: 'Python (Pyodide)' }
