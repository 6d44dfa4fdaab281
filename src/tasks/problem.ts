/**
 * Signed chain sums, shared by the tasks that ask for them, and their fair split: a problem belongs to 'test' by its own hash
 * (one in four), so no held-out problem is ever trained on.
 */
import { hash, hashText, stream, type Draw } from './random'
import type { Split } from './task'

/** Numbers to add up, one after another. */
export type Terms = number[]

const TEST_SHARE = 4
const TRIES = 10_000

const heldOut = (terms: Terms) => hashText(terms.join(' ')) % TEST_SHARE === 0

/** Running totals, [terms]. */
export function totals(terms: Terms): number[] {
  let total = 0
  return terms.map((term) => (total += term))
}

/** The i-th problem that `draw` makes for this split; the key's first number tells tasks apart. */
export function problem(task: number, split: Split, i: number, seed: number, draw: (random: Draw) => Terms): Terms {
  if (!Number.isInteger(i) || i < 0) throw new Error(`example number ${i} is not a whole number from 0 up; count examples from 0`)
  const key = hash(task, split === 'test' ? 1 : 0, seed, i)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const terms = draw(stream(key, attempt))
    if (heldOut(terms) === (split === 'test')) return terms
  }
  throw new Error(`no ${split} problem was found in ${TRIES} draws: these settings allow too few problems; allow more terms`)
}
