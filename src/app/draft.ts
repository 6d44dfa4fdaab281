/** The form's spec while it is being edited: plain JSON that may be wrong for a moment; `parseSpec` judges it when play is pressed. */
import ledgerGrpo from '../../examples/ledger-grpo.json'
import ledgerMotif from '../../examples/ledger-motif.json'
import ledgerSft from '../../examples/ledger-sft.json'
import { parseSpec, type RunSpec } from '../runs/spec'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type Draft = Record<string, Json>

/** Settings that take another's value when they are left out. */
export const FOLLOWERS = [
  ['adapter.seed', 'seed'],
  ['evaluation.max_completion_length', 'algorithm.max_completion_length'],
  ['evaluation.later_max_completion_length', 'algorithm.later_max_completion_length'],
  ['evaluation.rounds', 'algorithm.rounds'],
] as const

/** Every method's settings begin as its example has them. */
const EXAMPLES: Record<string, unknown> = { grpo: ledgerGrpo, motif: ledgerMotif, sft: ledgerSft }

/** The form's draft of a spec. What the spec took over from another of its settings stays out, so that it follows when that is edited. */
export function toDraft(spec: RunSpec): Draft {
  let draft = JSON.parse(JSON.stringify(spec)) as Draft
  for (const [path, source] of FOLLOWERS) {
    if (read(draft, path) === read(draft, source)) draft = write(draft, path, undefined)
  }
  return draft
}

export function defaultDraft(): Draft {
  return toDraft(parseSpec(ledgerGrpo))
}

/** The value at a path such as `algorithm.learning_rate` or `task.terms.0`; undefined where there is none. */
export function read(draft: Draft, path: string): Json | undefined {
  let value: Json | undefined = draft
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, Json>)[key]
  }
  return value
}

/** Values by path; a list is one value. */
export function leavesOf(value: Json, path = ''): Map<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]])
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, path === '' ? key : `${path}.${key}`)]))
}

/** The text or number at a path as text; `absent` where there is none. */
export function readText(draft: Draft, path: string, absent = ''): string {
  const value = read(draft, path)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : absent
}

/** A copy with another value at the path; `undefined` takes the key away, so that its default holds. */
export function write(draft: Draft, path: string, value: Json | undefined): Draft {
  const copy = structuredClone(draft)
  const keys = path.split('.')
  const last = keys.pop()!
  let parent = copy as Record<string, Json>
  for (const key of keys) parent = (parent[key] ??= {}) as Record<string, Json>
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

/** A method's run as its example has it. */
export function exampleOf(method: string): Draft {
  return toDraft(parseSpec(EXAMPLES[method] ?? { algorithm: { name: method } }))
}

/** What of a run besides its method comes from the method's example, as long as nobody has chosen otherwise. */
const COMES_ALONG = ['task', 'steps', 'evaluation']

/**
 * Another method: its own settings replace the old ones, for the keys of one mean nothing to the other. Task, steps and evaluation
 * change with it where they still are as the old method's example has them; what somebody chose stays.
 */
export function withMethod(draft: Draft, method: string): Draft {
  const before = exampleOf(readText(draft, 'algorithm.name'))
  const after = exampleOf(method)
  const untouched = COMES_ALONG.filter((path) => JSON.stringify(draft[path]) === JSON.stringify(before[path]))
  return untouched.reduce((old, path) => write(old, path, after[path]), write(draft, 'algorithm', after.algorithm))
}

/** Another task: its settings and graders start from its defaults. */
export function withTask(draft: Draft, name: string): Draft {
  const bare = write(write(draft, 'task', { name }), 'graders', undefined)
  return toDraft(parseSpec(bare))
}
