/**
 * Prompts side by side in one sequence of tokens, and the completions that go on from them in another, without padding. A prompt that
 * several rows have is there once.
 */
import type { Row, Tokens } from '../policy/policy'

/** A prompt and the rows of a batch that begin with it, by their places in the batch. */
export interface Unit {
  prompt: Tokens
  rows: { index: number; completion: Tokens }[]
}

/** What is computed together: prompts, and their completions piece by piece. */
export interface Part {
  units: Unit[]
  /** All units at once, or one unit with some of its rows at a time. */
  pieces: Unit[][]
}

export interface Packed {
  /** [T]. */
  ids: Uint32Array
  positions: Uint32Array
  /** First token and end of each token's prompt, or completion: [T, 2]. Of completions, then the same of its prompt: [2·T, 2]. */
  spans: Uint32Array
  /** First token of each prompt, or completion, and the end, [B + 1]. */
  rows: Uint32Array
}

export interface PackedCompletions extends Packed {
  /** First token and end of the completions that see each token of the prompts, [P, 2]. */
  seen: Uint32Array
}

/** The units of a batch, in the order of their first rows. */
export function unitsOf(rows: readonly Row[]): Unit[] {
  const units = new Map<string, Unit>()
  rows.forEach(({ prompt, completion }, index) => {
    const key = prompt.join()
    const unit = units.get(key) ?? { prompt, rows: [] }
    units.set(key, unit)
    unit.rows.push({ index, completion })
  })
  return [...units.values()]
}

/** Tokens of a completion that are read: without `ends` not the last one, which nothing follows. */
export function completionTokens({ length }: Tokens, ends: boolean): number {
  return Math.max(0, length - (ends ? 0 : 1))
}

/** Tokens of a prompt and its longest completion, the least that can be computed together. */
export function leastTokens({ prompt, rows }: Unit, ends: boolean): number {
  return prompt.length + Math.max(0, ...rows.map(({ completion }) => completionTokens(completion, ends)))
}

/** Consecutive units in parts of at most `tokens` tokens; a larger unit is a part of its own, its rows in pieces that fit beside it. */
export function partsOf(units: readonly Unit[], tokens: number, ends: boolean): Part[] {
  const parts: Part[] = []
  let room = 0
  for (const unit of units) {
    const sizes = unit.rows.map(({ completion }) => completionTokens(completion, ends))
    const need = unit.prompt.length + sizes.reduce((sum, size) => sum + size, 0)
    if (need > tokens) {
      parts.push({ units: [unit], pieces: piecesOf(unit, sizes, tokens - unit.prompt.length) })
      room = 0
    } else if (need <= room) {
      parts.at(-1)!.units.push(unit)
      room -= need
    } else {
      const together = [unit]
      parts.push({ units: together, pieces: [together] })
      room = tokens - need
    }
  }
  return parts
}

function piecesOf(unit: Unit, sizes: readonly number[], tokens: number): Unit[][] {
  const pieces: Unit[] = []
  let room = 0
  unit.rows.forEach((row, i) => {
    if (pieces.length === 0 || sizes[i]! > room) {
      pieces.push({ prompt: unit.prompt, rows: [] })
      room = tokens
    }
    pieces.at(-1)!.rows.push(row)
    room -= sizes[i]!
  })
  return pieces.map((piece) => [piece])
}

export function packPrompts(prompts: readonly Tokens[]): Packed {
  return lay(prompts.map((ids) => ({ ids, position: 0 })))
}

/** `units` as `packPrompts` had their prompts. */
export function packCompletions(units: readonly Unit[], ends: boolean): PackedCompletions {
  const pieces = units.map(({ prompt, rows }) =>
    rows.map(({ completion }) => ({ ids: completion.slice(0, completionTokens(completion, ends)), position: prompt.length })),
  )
  const packed = lay(pieces.flat())
  const sizes = pieces.map((rows) => rows.reduce((sum, { ids }) => sum + ids.length, 0))
  const prompts = units.map(({ prompt }) => prompt.length)
  const spans = new Uint32Array(2 * packed.spans.length)
  spans.set(packed.spans)
  spans.set(spread(sizes, prompts), packed.spans.length)
  return { ...packed, spans, seen: spread(prompts, sizes) }
}

function lay(rows: readonly { ids: Tokens; position: number }[]): Packed {
  const sizes = rows.map(({ ids }) => ids.length)
  let end = 0
  return {
    ids: Uint32Array.from(rows.flatMap(({ ids }) => ids)),
    positions: Uint32Array.from(rows.flatMap(({ ids, position }) => ids.map((_, t) => position + t))),
    spans: spread(sizes, sizes),
    rows: Uint32Array.of(0, ...sizes.map((size) => (end += size))),
  }
}

/** Where others lie one after another with `lengths`: first and end of the i-th of them, `sizes[i]` times. */
function spread(sizes: readonly number[], lengths: readonly number[]): Uint32Array {
  const spans: number[] = []
  let first = 0
  sizes.forEach((size, i) => {
    for (let t = 0; t < size; t++) spans.push(first, first + lengths[i]!)
    first += lengths[i]!
  })
  return Uint32Array.from(spans)
}
