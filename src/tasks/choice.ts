/**
 * Multiple choice with a shortcut, and numeric questions beside it, in the words of its bundled model (tools/choice): a sum that begins at a total
 * and stays in 0–39, `t32 a -5 b -4 c -6 d -9 <M> A2 B3 C8 D19`. The right option stands at C in some share of the questions, else at
 * any other place. Measured beside the answer: whether every step is right, and how many right answers come without that.
 */
import { z } from 'zod'
import { readChoice, rightSteps } from '../graders/choice'
import { offer } from './chains'
import { drawProblem, type Terms } from './problem'
import type { Draw } from './random'
import type { Example, Task, TaskKind } from './task'

const LETTERS = 'abcde'
const OPTIONS = 'ABCD'
const TOP = 39

const settings = z.object({
  terms: z
    .tuple([z.int().min(1).max(LETTERS.length), z.int().min(1).max(LETTERS.length)])
    .refine(([low, high]) => low <= high, 'the first number of terms must not exceed the second')
    .default([4, 5])
    .describe('fewest and most terms of a sum'),
  shortcut: z.number().min(0).max(1).default(0.7).describe('share of the questions whose right option is C; up to 0.25: fair'),
  numbers: z.number().min(0).max(1).default(0).describe('share of the questions that ask for the number, without options'),
})

export interface ChoiceExample extends Example {
  start: number
  terms: Terms
  /** Totals offered under A … D; none where the number is asked for. */
  options: number[]
}

function totalsFrom(start: number, terms: Terms): number[] {
  let total = start
  return terms.map((term) => (total += term))
}

function drawSum(random: Draw, fewest: number, most: number): { start: number; terms: Terms } {
  const start = random(0, TOP)
  const terms: Terms = []
  let total = start
  for (const n = random(fewest, most); terms.length < n; ) {
    const at = random(0, 17)
    const term = at < 9 ? at + 1 : 8 - at
    if (total + term < 0 || total + term > TOP) continue
    total += term
    terms.push(term)
  }
  return { start, terms }
}

export const choice: TaskKind<typeof settings> = {
  name: 'choice',
  title: 'Multiple choice with a shortcut, for its bundled model',
  settings,
  graders: [{ name: 'choice', weight: 1 }],
  create: ({ terms: [fewest, most], shortcut, numbers }): Task<ChoiceExample> => ({
    name: 'choice',
    example(split, i, seed = 0) {
      const { start, terms, options } = drawProblem(
        23,
        split,
        i,
        seed,
        (random) => {
          const { start, terms } = drawSum(random, fewest, most)
          const chance = (share: number) => random(0, 999_999) < share * 1e6
          const asked = chance(numbers)
          const place = chance((shortcut - 0.25) / 0.75) ? OPTIONS.indexOf('C') : random(0, 3)
          return { start, terms, options: asked ? [] : offer(random, totalsFrom(start, terms).at(-1)!, place) }
        },
        ({ start, terms }) => [start, ...terms].join(' '),
      )
      const totals = totalsFrom(start, terms)
      const right = totals.at(-1)!
      return { start, terms, options, answer: options.length > 0 ? OPTIONS[options.indexOf(right)]! : `t${right}`, item: { totals } }
    },
    prompt({ start, terms, options }) {
      const sum = terms.map((term, i) => `${LETTERS[i]} ${term < 0 ? '' : '+'}${term}`).join(' ')
      const asked = options.length > 0 ? `<M> ${options.map((total, i) => `${OPTIONS[i]}${total}`).join(' ')}` : '<N>'
      return [{ role: 'user', content: `<q> t${start} ${sum} ${asked} <go>` }]
    },
    solution({ start, terms, options, answer }) {
      const steps = totalsFrom(start, terms).map((total, i) => `${LETTERS[i]} t${total}`)
      return `${steps.join(' ')} ${options.length > 0 ? '' : '<ans> '}${answer}`
    },
    measures({ start, terms, answer }, completion) {
      const reading = readChoice(completion)
      const chain = rightSteps(reading, totalsFrom(start, terms)).every(Boolean) && reading!.steps.length === terms.length
      return { 'right chain': chain, 'right answers without a right chain': reading?.end === answer ? !chain : undefined }
    },
    level: ({ terms }) => `${terms.length} terms`,
  }),
}
