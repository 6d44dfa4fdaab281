/** Rows of different lengths side by side in one sequence of tokens, without padding. */
import type { Row } from '../policy/policy'

export interface Packed {
  /** [T]; without `ends` the last token of each row is left out: nothing follows it. */
  ids: Uint32Array
  positions: Uint32Array
  /** First token and end of each token's row, [T, 2]. */
  spans: Uint32Array
  /** First token of each row and the end, [B + 1]. */
  rows: Uint32Array
  /** Where each completion token is predicted, and its id, [n]. */
  places: Uint32Array
  targets: Uint32Array
  /** With `ends`: the places of each row's values, those of its completion tokens and its last token, [n + B]. */
  values: number[]
}

/** Tokens that a row takes in a pass; with `ends` its last token, too. */
export function rowTokens({ prompt, completion }: Row, ends: boolean): number {
  return prompt.length + completion.length - (ends ? 0 : 1)
}

export function pack(rows: readonly Row[], ends = false): Packed {
  const total = rows.reduce((sum, row) => sum + rowTokens(row, ends), 0)
  const scored = rows.reduce((sum, row) => sum + row.completion.length, 0)
  const packed: Packed = {
    ids: new Uint32Array(total),
    positions: new Uint32Array(total),
    spans: new Uint32Array(2 * total),
    rows: new Uint32Array(rows.length + 1),
    places: new Uint32Array(scored),
    targets: new Uint32Array(scored),
    values: [],
  }
  let at = 0
  let n = 0
  rows.forEach((row, b) => {
    const tokens = [...row.prompt, ...row.completion]
    const length = rowTokens(row, ends)
    for (let t = 0; t < length; t++) {
      packed.ids[at + t] = tokens[t]!
      packed.positions[at + t] = t
      packed.spans.set([at, at + length], 2 * (at + t))
    }
    for (let t = row.prompt.length - 1; t < tokens.length - 1; t++) {
      packed.places[n] = at + t
      packed.targets[n++] = tokens[t + 1]!
    }
    if (ends) for (let t = row.prompt.length - 1; t < length; t++) packed.values.push(at + t)
    at += length
    packed.rows[b + 1] = at
  })
  return packed
}

/** Consecutive rows in groups of at most `tokens` tokens each; a longer row is a group of its own. */
export function microBatches(rows: readonly Row[], tokens: number, ends: boolean): Row[][] {
  const groups: Row[][] = []
  let room = 0
  for (const row of rows) {
    const need = rowTokens(row, ends)
    if (groups.length === 0 || need > room) {
      groups.push([])
      room = tokens
    }
    groups.at(-1)!.push(row)
    room -= need
  }
  return groups
}
