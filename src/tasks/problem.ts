/**
 * Generated problems and their fair split: a problem belongs to 'test' by the hash of its content (one in four), so that no held-out
 * problem is ever trained on. And signed chain sums, shared by the tasks that ask for them.
 */
import { hash, hashText, stream, type Draw } from './random'
import type { Split } from './task'

/** Numbers to add up, one after another. */
export type Terms = number[]

const TEST_SHARE = 4
const TRIES = 10_000

/** Running totals from `start` on, [terms]. */
export function totals(terms: Terms, start = 0): number[] {
  let total = start
  return terms.map((term) => (total += term))
}

/** `fewest` to `most` terms ±1 … ±9, each drawn again and again until the running total, from `start` on, stays in 0 … top. */
export function drawTerms(random: Draw, fewest: number, most: number, top: number, start = 0): Terms {
  const drawn: Terms = []
  let total = start
  for (const n = random(fewest, most); drawn.length < n; ) {
    const at = random(0, 17) // sign and digit in one draw; the bundled models learnt problems of just these draws
    const term = at < 9 ? at + 1 : 8 - at
    if (total + term < 0 || total + term > top) continue
    total += term
    drawn.push(term)
  }
  return drawn
}

/** The i-th chain sum that `draw` makes for this split. */
export function problem(task: number, split: Split, i: number, seed: number, draw: (random: Draw) => Terms): Terms {
  return drawProblem(task, split, i, seed, draw, (terms) => terms.join(' '))
}

/**
 * The i-th problem that `draw` makes for this split; the key's first number tells tasks apart. Problems are the same when `contentOf`
 * says the same of them; a draw that came to nothing is undefined.
 */
export function drawProblem<T>(
  task: number,
  split: Split,
  i: number,
  seed: number,
  draw: (random: Draw) => T | undefined,
  contentOf: (drawn: T) => string,
): T {
  checkNumber(i)
  const key = hash(task, split === 'test' ? 1 : 0, seed, i)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const drawn = draw(stream(key, attempt))
    if (drawn !== undefined && heldOut(contentOf(drawn)) === (split === 'test')) return drawn
  }
  throw new Error(`no ${split} problem was found in ${TRIES} draws: these settings allow too few problems; allow more terms or numbers`)
}

/** Whether a problem of this content is one to test with, never one to train on. */
export function heldOut(content: string): boolean {
  return hashText(content) % TEST_SHARE === 0
}

export function checkNumber(i: number): void {
  if (!Number.isInteger(i) || i < 0) throw new Error(`example number ${i} is not a whole number from 0 up; count examples from 0`)
}
