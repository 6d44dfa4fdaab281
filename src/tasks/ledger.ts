/**
 * Ledger: a chain sum in tokens of one character, whose answer is also a progress note. Problem a+5 b-7 …: each term is a letter, a
 * sign and a digit 1–9; sign and digit are drawn together, again and again until the running total stays in 0–99 (as the
 * bundled model's training data in tools/ledger). A note is the letter of the last term done and the total in two digits.
 */
import { z } from 'zod'
import { answerSlot } from '../graders/grader'
import { drawTerms, problem, totals, type Terms } from './problem'
import { roundPrompt, type Example, type RoundPrompts, type Rounds, type Task, type TaskKind } from './task'

const LETTERS = 'abcdefghijklmnop'

export interface LedgerExample extends Example {
  terms: Terms
}

const settings = z.object({
  terms: z
    .tuple([z.int().min(2).max(LETTERS.length), z.int().min(2).max(LETTERS.length)])
    .refine(([low, high]) => low <= high, 'the first number of terms must not exceed the second')
    .default([4, 5])
    .describe('fewest and most terms of a sum'),
})

/** The note after `done` terms; `_00` before the first. */
export function note(done: number, total: number): string {
  return (done === 0 ? '_' : LETTERS[done - 1]!) + String(total).padStart(2, '0')
}

/** a+5 b-7 c+8 */
function spell(terms: Terms): string {
  return terms.map((term, i) => `${LETTERS[i]}${term < 0 ? '-' : '+'}${Math.abs(term)}`).join(' ')
}

/** The words of the bundled model's training: <prog> asks for progress, <last> for the end. */
const PROMPTS: RoundPrompts = {
  first: '<q> {question} <prog> {note} <think>',
  middle: '<q> {question} <prog> {note} <think>',
  last: '<q> {question} <last> {note} <think>',
}

const rounds: Rounds<LedgerExample> = {
  prompts: PROMPTS,
  question: ({ terms }) => spell(terms),
  start: note(0, 0),
  note(completion) {
    const text = answerSlot(completion)?.replaceAll(' ', '')
    return text !== undefined && /^([a-p]\d\d|_00)$/.test(text) ? text : undefined
  },
  right: ({ terms }, text) => [...totals(terms).map((total, i) => note(i + 1, total)), note(0, 0)].includes(text),
}

export const ledger: TaskKind<typeof settings> = {
  name: 'ledger',
  title: 'Ledger: chain sums for the bundled model',
  settings,
  graders: [{ name: 'exact', weight: 1 }],
  create({ terms: [fewest, most] }): Task<LedgerExample> {
    return {
      name: 'ledger',
      example(split, i, seed = 0) {
        const terms = problem(1, split, i, seed, (random) => drawTerms(random, fewest, most, 99))
        return { terms, answer: note(terms.length, totals(terms).at(-1)!) }
      },
      prompt: (example) => roundPrompt(rounds, PROMPTS, example, { round: 1, rounds: 1 }),
      solution({ terms, answer }) {
        const steps = totals(terms).map((total, i) => note(i + 1, total))
        return `${steps.join(' ')} </think><ans> ${answer}`
      },
      rounds,
      level: ({ terms }) => `${terms.length} terms`,
    }
  },
}
