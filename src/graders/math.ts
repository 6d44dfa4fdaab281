/**
 * 1 when the answer that a completion gives means the same as the right one in mathematics (latex/equal.ts), else 0. Where it stands, as
 * Math-Verify 0.9 and TRL's accuracy_reward look for it: the last \boxed{}; without one the last $…$, \(…\) or \[…\]; and, where
 * plain text counts, the last number. A box that nothing closes is no answer.
 */
import { z } from 'zod'
import { lastBox, plain } from './boxed'
import type { Grader, GraderKind } from './grader'
import { sameLatex } from './latex/equal'

const settings = z.object({
  from: z
    .enum(['text', 'latex'])
    .default('text')
    .describe('where the answer may stand: LaTeX or else plain text, or LaTeX alone (TRL’s accuracy_reward)'),
})

const FORMULA = /\$\$(.+?)\$\$|(?<!\\)\$((?:[^$\\]|\\.)+?)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]/gs
const NUMBER = /(?<![\w.])-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.?|\.(?=\d))\d*(?:\/\d+)?/g

/** The answer that a text gives, in LaTeX; undefined without one. */
export function findAnswer(text: string, from: 'text' | 'latex'): string | undefined {
  if (text.includes('\\boxed')) return lastBox(text)
  const formula = [...text.matchAll(FORMULA)].at(-1)
  if (formula) return formula.slice(1).find((inside) => inside !== undefined)
  return from === 'text' ? text.match(NUMBER)?.at(-1) : undefined
}

export const math: GraderKind<typeof settings> = {
  name: 'math',
  title: 'The answer means the same in mathematics',
  settings,
  create: ({ from }): Grader => ({
    name: 'math',
    title: 'The answer means the same in mathematics',
    rules: (weight) =>
      `Your last \\boxed{}, or without one your last ${from === 'text' ? 'formula or number' : 'formula'}, counts as your answer: ` +
      `${weight} points when it equals the right one, however it is written, else 0.`,
    grade({ text, answer }) {
      if (answer.trim() === '') return null
      const found = findAnswer(text, from)
      return found !== undefined && (plain(found) === plain(answer) || sameLatex(answer, found)) ? 1 : 0
    },
    answer({ text }) {
      const found = findAnswer(text, from)
      return found === undefined ? undefined : plain(found)
    },
  }),
}
