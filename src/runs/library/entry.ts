/** What a list of runs shows of each: its spec, its name, how far it came. */
import { algorithmOf, taskKindOf, type RunSpec } from '../spec'

export interface RunEntry {
  id: string
  name: string
  note: string
  /** Its colour's number in the page's palette. */
  colour: number
  spec: RunSpec
  /** Milliseconds since 1970. */
  created: number
  updated: number
  /** open: it could go on and nobody ended it; stopped: somebody did. */
  state: 'open' | 'stopped' | 'done'
  /** Why it failed, where it did. */
  failure?: string
  /** Optimizer steps whose rows are kept. */
  step: number
  /** The last ones. */
  reward?: number
  accuracy?: number
  /** Generated for training. */
  tokens: number
  seconds: number
  /** The device it ran on, in words, and the kernel tier. */
  place?: string
  tier?: string
  /** The newest checkpoint: in which of the two slots, after which step. */
  checkpoint?: { slot: 0 | 1; step: number; bytes: number }
  /** Names of the adapter's files, where they are kept. */
  adapter?: string[]
  /** Of its rows, about. */
  bytes: number
  /** When it was removed: until it is swept away it can be brought back. */
  removed?: number
}

/** Colours that the page's palette has. */
export const COLOURS = 8

/** “MOTIF on Ledger, seed 1”; a model that does not come with the page is named. */
export function nameOf(spec: RunSpec): string {
  const title = (words: string) => words.split(/:| for its bundled|, for its bundled/)[0]!
  const model = spec.model.includes('/') ? ` by ${spec.model.split('/').at(-1)}` : ''
  const told = spec.motivation?.rules === 'true' ? 'MeRF with ' : ''
  return `${told}${title(algorithmOf(spec.algorithm).title)} on ${title(taskKindOf(spec.task).title)}${model}, seed ${spec.seed}`
}

/** A new run's entry; its name and colour are told apart from those of the others. */
export function newEntry(spec: RunSpec, others: readonly RunEntry[], more: Partial<RunEntry> = {}, now = Date.now()): RunEntry {
  const used = COLOUR_NUMBERS.map((colour) => others.filter((other) => other.colour === colour).length)
  return {
    id: crypto.randomUUID(), note: '', spec, created: now, updated: now, state: 'open', step: 0, tokens: 0, seconds: 0, bytes: 0,
    ...more,
    name: distinct(more.name ?? nameOf(spec), others.map(({ name }) => name)),
    colour: used.indexOf(Math.min(...used)),
  }
}

const COLOUR_NUMBERS = Array.from({ length: COLOURS }, (_, i) => i)

/** Its name with the first number that is free. */
function distinct(given: string, others: readonly string[]): string {
  const name = given.replace(/ \(\d+\)$/, '')
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name} (${n})`
    if (!others.includes(tried)) return tried
  }
}
