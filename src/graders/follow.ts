/** Whether a reply does as it was told: names something, or is one short sentence. */
import { z } from 'zod'
import type { Grader, GraderKind } from './grader'

const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

export const mentions: Grader = {
  name: 'mentions',
  title: 'The right answer occurs in the reply',
  rules: (weight) => `${weight} points when the right answer occurs anywhere in your reply, else 0.`,
  grade({ text, answer }) {
    const looked = wordsOf(answer).join(' ')
    return looked === '' ? null : ` ${wordsOf(text).join(' ')} `.includes(` ${looked} `) ? 1 : 0
  },
  answer: ({ text }) => wordsOf(text).join(' ') || undefined,
}

const settings = z.object({ words: z.int().min(1).max(1000).default(12).describe('most words of the sentence') })

export const sentence: GraderKind<typeof settings> = {
  name: 'sentence',
  title: 'One sentence of at most so many words',
  settings,
  create: ({ words }): Grader => ({
    name: 'sentence',
    title: `One sentence of at most ${words} words`,
    rules: (weight) => `${weight} points for one sentence of at most ${words} words with one full stop, at its end; else 0.`,
    grade({ text }) {
      const reply = text.trim()
      const count = reply.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
      return reply.indexOf('.') === reply.length - 1 && count >= 1 && count <= words ? 1 : 0
    },
    answer: ({ text }) => text.trim() || undefined,
  }),
}
