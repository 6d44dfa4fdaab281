/**
 * Chain: a sum in plain words for chat models, "What is 7 + 5 - 3?", the answer in <ans></ans>. Totals may be negative. Over several
 * rounds the same slot holds the progress; a note is free text, so nobody says whether it is right.
 */
import { z } from 'zod'
import { problem, totals, type Terms } from './problem'
import type { Example, Task, TaskKind } from './task'
import { roundsBy } from './wording'

export interface ChainExample extends Example {
  terms: Terms
}

const settings = z.object({
  terms: z
    .tuple([z.int().min(2).max(20), z.int().min(2).max(20)])
    .refine(([low, high]) => low <= high, 'the first number of terms must not exceed the second')
    .default([3, 5])
    .describe('fewest and most terms of a sum'),
  largest: z.int().min(3).max(999).default(20).describe('terms are drawn from 1 to this number'),
})

/** 7 + 5 - 3 */
function spell(terms: Terms): string {
  return terms.map((term, i) => (i === 0 ? `${term}` : `${term < 0 ? '-' : '+'} ${Math.abs(term)}`)).join(' ')
}

const question = ({ terms }: ChainExample) => `What is ${spell(terms)}?`

export const chain: TaskKind<typeof settings> = {
  name: 'chain',
  title: 'Chain sum in plain words, for chat models',
  settings,
  graders: [
    { name: 'exact', weight: 1 },
    { name: 'format', weight: 0.1 },
  ],
  create({ terms: [fewest, most], largest }): Task<ChainExample> {
    return {
      name: 'chain',
      example(split, i, seed = 0) {
        const terms = problem(2, split, i, seed, (random) =>
          Array.from({ length: random(fewest, most) }, (_, k) => random(1, largest) * (k > 0 && random(0, 1) === 1 ? -1 : 1)),
        )
        return { terms, answer: String(totals(terms).at(-1)!) }
      },
      prompt: (example) => [
        { role: 'user', content: `${question(example)} Work it out step by step, then write the result as <ans>number</ans>.` },
      ],
      solution({ terms, answer }) {
        const sums = totals(terms)
        const steps = terms.slice(1).map((term, i) => `${sums[i]} ${term < 0 ? '-' : '+'} ${Math.abs(term)} = ${sums[i + 1]}`)
        return `${steps.join('\n')}\n<ans>${answer}</ans>`
      },
      rounds: roundsBy('ans', 'the result, a number and nothing else', question),
      level: ({ terms }) => `${terms.length} terms`,
    }
  },
}
