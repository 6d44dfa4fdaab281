/**
 * Where code that nobody here has read runs: graders that people write, programs that models write. Every program gets no network, no
 * files, no page, a state of its own (CPython: that of its source), and a limit of wall-clock time at which its worker is killed and
 * replaced. In a page the box of browser.ts, elsewhere node.ts; session.ts holds the one that is set.
 */

export type Language = 'python' | 'micropython' | 'javascript'

/** A program and the one call that is made into it. */
export interface Program {
  /**
   * `python` is CPython (Pyodide) for graders that a person wrote; `micropython` is small, starts at once and has no way out of its
   * WebAssembly, for programs that a model wrote; `javascript` is QuickJS.
   */
  language: Language
  source: string
  /** The name of the function that `source` defines. */
  call: string
  /** JSON values. */
  args: readonly unknown[]
}

export interface Limits {
  /** Wall clock from the start of the program; its worker is killed then. */
  seconds?: number
  /** Characters that are kept of what the program prints, and that its value may have as JSON; what goes beyond is cut or refused. */
  output?: number
}

export const LIMITS: Required<Limits> = { seconds: 1, output: 64 * 2 ** 10 }
/** The memory that an interpreter may take, its own included; CPython starts with 31 MiB. */
export const MEMORY: Readonly<Record<Language, number>> = { micropython: 64 * 2 ** 20, javascript: 64 * 2 ** 20, python: 256 * 2 ** 20 }

/**
 * What came of it. `error`: the program raised, or gave what is no JSON value; `timeout`: it was stopped at its limit; `memory`: it
 * asked for more than it may have; `crash`: it broke its interpreter.
 */
export type Outcome = Done | Failed
export interface Done {
  ok: true
  /** A JSON value, or a number that JSON lacks (NaN, ±Infinity). */
  value: unknown
  /** What the program printed. */
  output: string
  seconds: number
}
export interface Failed {
  ok: false
  kind: 'error' | 'timeout' | 'memory' | 'crash'
  /** The last line of the traceback, or a sentence. */
  error: string
  output: string
  seconds: number
}

export interface Sandbox {
  /**
   * Never rejects for what a program does. Rejects with one sentence where the language cannot be had here: its interpreter does not
   * load, or Python outside of a browser without leave.
   */
  run(program: Program, limits?: Limits): Promise<Outcome>
  /** Ends all workers; a later run starts them anew. */
  close(): Promise<void>
}
