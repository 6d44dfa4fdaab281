/**
 * Multiple choice with a shortcut, and numeric questions beside it, in the words of its bundled model (tools/choice): a sum that begins at a total
 * and stays in 0–39, `t32 a -5 b -4 c -6 d -9 <M> A2 B3 C8 D19`. The right option stands at C in some share of the questions, else at
 * any other place. Measured beside the answer: whether every step is right, and how many right answers come without that.
 */
import { z } from 'zod'
import { readChoice, rightSteps } from '../graders/choice'
import { offer } from './chains'
import { drawProblem, drawTerms, totals, type Terms } from './problem'
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
          const start = random(0, TOP)
          const terms = drawTerms(random, fewest, most, TOP, start)
          const chance = (share: number) => random(0, 999_999) < share * 1e6
          const asked = chance(numbers)
          const place = chance((shortcut - 0.25) / 0.75) ? OPTIONS.indexOf('C') : random(0, 3)
          return { start, terms, options: asked ? [] : offer(random, totals(terms, start).at(-1)!, place) }
        },
        ({ start, terms }) => [start, ...terms].join(' '),
      )
      const sums = totals(terms, start)
      const right = sums.at(-1)!
      return { start, terms, options, answer: options.length > 0 ? OPTIONS[options.indexOf(right)]! : `t${right}`, item: { totals: sums } }
    },
    prompt({ start, terms, options }) {
      const sum = terms.map((term, i) => `${LETTERS[i]} ${term < 0 ? '' : '+'}${term}`).join(' ')
      const asked = options.length > 0 ? `<M> ${options.map((total, i) => `${OPTIONS[i]}${total}`).join(' ')}` : '<N>'
      return [{ role: 'user', content: `<q> t${start} ${sum} ${asked} <go>` }]
    },
    solution({ start, terms, options, answer }) {
      const steps = totals(terms, start).map((total, i) => `${LETTERS[i]} t${total}`)
      return `${steps.join(' ')} ${options.length > 0 ? '' : '<ans> '}${answer}`
    },
    measures({ start, terms, answer }, completion) {
      const reading = readChoice(completion)
      const chain = rightSteps(reading, totals(terms, start)).every(Boolean) && reading!.steps.length === terms.length
      return { 'right chain': chain, 'right answers without a right chain': reading?.end === answer ? !chain : undefined }
    },
    level: ({ terms }) => `${terms.length} terms`,
  }),
}
