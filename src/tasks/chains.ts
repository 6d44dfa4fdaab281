/**
 * Chains for ReFT: a sum `a+5 b-3 c+8` whose totals stay in 0–39, thought through in words (N), as a program that an interpreter runs (P) or
 * to one of four options (M), in the tokens of its bundled model (tools/chains). A solution may skip: with the given chance a step passes over two or
 * three terms, to their right total, as a stronger author could and the small model cannot.
 */
import { z } from 'zod'
import { drawProblem, drawTerms, totals, type Terms } from './problem'
import { hashText, stream, type Draw } from './random'
import type { Example, Task, TaskKind } from './task'

const LETTERS = 'abcdefgh'
const OPTIONS = 'ABCD'
const TOP = 39

const settings = z.object({
  terms: z
    .tuple([z.int().min(2).max(LETTERS.length), z.int().min(2).max(LETTERS.length)])
    .refine(([low, high]) => low <= high, 'the first number of terms must not exceed the second')
    .default([4, 5])
    .describe('fewest and most terms of a sum'),
  mode: z.enum(['N', 'P', 'M']).default('N').describe('N: thought in words, P: a program, M: multiple choice'),
  skip: z.number().min(0).max(1).default(0).describe('chance that a step of a solution passes over two or three terms'),
})

export interface ChainsExample extends Example {
  terms: Terms
  /** Totals offered under A … D, where there is a choice. */
  options: number[]
}

const digits = (total: number) => String(total).padStart(2, '0')

/** `count` different totals in any order, with the right one at `place`. */
export function offer(random: Draw, right: number, place: number): number[] {
  const others: number[] = []
  while (others.length < OPTIONS.length - 1) {
    const total = random(0, TOP)
    if (total !== right && !others.includes(total)) others.push(total)
  }
  return others.toSpliced(place, 0, right)
}

/** The terms that a solution's steps end with: 1 is the first. The same question has the same ones. */
function stops(terms: Terms, skip: number): number[] {
  const random = stream(hashText(terms.join(' ')), 22)
  const found: number[] = []
  for (let at = 0; at < terms.length; found.push(at)) {
    const jump = terms.length - at > 1 && random(0, 999_999) < skip * 1e6
    at = Math.min(terms.length, at + (jump ? random(2, 3) : 1))
  }
  return found
}

export const chains: TaskKind<typeof settings> = {
  name: 'chains',
  title: 'Chains: sums in words, as programs or multiple choice, for its bundled model',
  settings,
  graders: [{ name: 'chains', weight: 1, partial: 0 }],
  create: ({ terms: [fewest, most], mode, skip }): Task<ChainsExample> => ({
    name: 'chains',
    example(split, i, seed = 0) {
      const { terms, options } = drawProblem(
        22,
        split,
        i,
        seed,
        (random) => {
          const terms = drawTerms(random, fewest, most, TOP)
          return { terms, options: mode === 'M' ? offer(random, totals(terms).at(-1)!, random(0, 3)) : [] }
        },
        ({ terms }) => terms.join(' '),
      )
      const total = totals(terms).at(-1)!
      return { terms, options, answer: mode === 'M' ? OPTIONS[options.indexOf(total)]! : digits(total), item: { mode } }
    },
    prompt({ terms, options }) {
      const sum = terms.map((term, i) => `${LETTERS[i]}${term < 0 ? '-' : '+'}${Math.abs(term)}`).join(' ')
      const choice = options.map((total, i) => ` ${OPTIONS[i]}${digits(total)}`).join('')
      return [{ role: 'user', content: `<q> ${sum} <${mode}>${choice} <go>` }]
    },
    solution({ terms, answer }) {
      const sums = [0, ...totals(terms)]
      const steps = stops(terms, skip).map((stop, k, all) => {
        const added = sums[stop]! - sums[all[k - 1] ?? 0]!
        return LETTERS[stop - 1]! + (mode === 'P' ? `${added < 0 ? '-' : '+'}${digits(Math.abs(added))}` : digits(sums[stop]!))
      })
      return steps.join(' ') + (mode === 'P' ? '' : ` </think><ans>${mode === 'M' ? ' ' : ''}${answer}`)
    },
    level: ({ terms }) => `${terms.length} terms`,
  }),
}
