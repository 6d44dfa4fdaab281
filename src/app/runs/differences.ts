/** What differs between the specs of several runs, in words. What only follows from something else that differs is left out. */
import type { RunSpec } from '../../runs/spec'
import { FOLLOWERS, leavesOf, type Json } from '../draft'
import { MAIN, MORE } from '../settings/fields'
import { scientific } from '../format'
import { language, later, say } from '../words/say'

export interface Difference {
  path: string
  /** “learning rate” */
  label: string
  /** Of each run, in words. */
  values: string[]
}

/** Remarks are not settings. */
const PASSED = ['notes']

/** In the order of the spec, the method first. */
export function differencesOf(specs: readonly RunSpec[]): Difference[] {
  const tables = specs.map((spec) => leavesOf(JSON.parse(JSON.stringify(spec)) as Json))
  const paths = [...new Set(tables.flatMap((table) => [...table.keys()]))]
  const differs = (path: string) => new Set(tables.map((table) => JSON.stringify(table.get(path)))).size > 1
  /** Whether it is only another name's own setting: nothing to compare. */
  const foreign = (path: string) => {
    const name = `${path.split('.')[0]!}.name`
    return path !== name && differs(name) && tables.some((table) => table.has(name) && !table.has(path))
  }
  const follows = (path: string) => {
    const source = FOLLOWERS.find(([follower]) => follower === path)?.[1]
    return source !== undefined && differs(source) && tables.every((table) => table.get(path) === table.get(source) || !table.has(source))
  }
  return paths
    .filter((path) => !PASSED.includes(path.split('.')[0]!) && differs(path) && !foreign(path) && !follows(path))
    .sort((a, b) => rank(a) - rank(b))
    .map((path) => ({ path, label: labelOf(path), values: tables.map((table) => valueWords(table.get(path))) }))
}

/** “They differ in learning rate and seed.” */
export function differenceWords(specs: readonly RunSpec[]): string {
  if (specs.length < 2) return ''
  const labels = differencesOf(specs).map(({ label }) => label)
  if (labels.length === 0) return specs.length === 2 ? say`Both have the same settings.` : say`All ${specs.length} have the same settings.`
  const last = labels.at(-1)!
  return say`They differ in ${labels.length === 1 ? last : say`${labels.slice(0, -1).join(', ')} and ${last}`}; all else is the same.`
}

/** The spec without its seeds, as a key: runs that share it differ by seed only. */
export function seedlessKey({ seed, adapter, notes: _, ...rest }: RunSpec): string {
  return JSON.stringify({ ...rest, adapter: { ...adapter, seed: adapter.seed === seed ? 'follows' : adapter.seed } })
}

const FIELDS = [...Object.values(MAIN), ...Object.values(MORE)].flat(2)
const ORDER = ['algorithm.name', 'task.name', 'model', 'algorithm', 'task', 'graders', 'adapter', 'steps', 'stop', 'evaluation', 'seed']

function rank(path: string): number {
  const exact = ORDER.indexOf(path)
  const found = exact < 0 ? ORDER.indexOf(path.split('.')[0]!) : exact
  return found < 0 ? ORDER.length : found
}

const NAMES: Record<string, string> = { 'algorithm.name': later`method`, 'task.name': later`task` }

function labelOf(path: string): string {
  const known = NAMES[path] ?? FIELDS.find((field) => field.path === path)?.label
  if (known && language() !== 'en') return say.of(known) // who knows where other languages write capitals
  if (known) return known.charAt(0).toLowerCase() + known.slice(1)
  const [part, ...keys] = path.split('.')
  const words = keys.join(' ').replaceAll('_', ' ')
  if (keys.length === 0) return part!.replaceAll('_', ' ')
  return part === 'algorithm' || part === 'task' ? words : `${part} ${words}`
}

function valueWords(value: Json | undefined): string {
  if (value === undefined || value === null) return say`none`
  if (typeof value === 'boolean') return value ? say`yes` : say`no¦not yes`
  if (typeof value === 'number') return scientific(value)
  if (typeof value === 'string') return value.length > 60 ? `“${value.slice(0, 57)}…”` : value
  if (!Array.isArray(value)) return short(JSON.stringify(value))
  return short(value.map((each) => (named(each) ? `${valueWords(each.name)}${weight(each)}` : valueWords(each))).join(', '))
}

const named = (value: Json): value is { name: Json; weight?: Json } => typeof value === 'object' && value !== null && 'name' in value
const weight = ({ weight: by }: { weight?: Json }): string => (by === undefined || by === 1 ? '' : ` × ${valueWords(by)}`)
const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text)
