/**
 * 1 when a number of the completion equals the answer, to within a tolerance: the last one, as most code for word problems takes it,
 * or the first. Read are a sign (not after a digit, a letter or a bracket: "3-5" is 3 and 5), commas between groups of three, and a
 * decimal part; "$", units and a full stop are passed over, so that "1,000.50 dollars." is 1000.5.
 */
import { z } from 'zod'
import type { Grader, GraderKind } from './grader'

const NUMBER = /(?:(?<![\w.)\]])[-−]\$?)?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\d)\.\d+)/g

const settings = z.object({
  which: z.enum(['last', 'first']).default('last').describe('which number of the completion counts'),
  tolerance: z.number().min(0).default(0).describe('how far it may be from the answer'),
})

/** The numbers of a text, in their order. */
export function numbersIn(text: string): number[] {
  return (text.match(NUMBER) ?? []).map((found) => Number(found.replace('−', '-').replace(/[,$]/g, '')))
}

export const number: GraderKind<typeof settings> = {
  name: 'number',
  title: 'The last or first number equals the right one',
  settings,
  create({ which, tolerance }): Grader {
    const found = (text: string) => numbersIn(text).at(which === 'last' ? -1 : 0)
    return {
      name: 'number',
      title: `The ${which} number equals the right one`,
      rules: (weight) =>
        `The ${which} number of your reply is compared with the right answer` +
        `${tolerance > 0 ? ` and may differ by ${tolerance}` : ''}: ${weight} points when it is right, 0 when it is wrong or missing.`,
      grade({ text, answer }) {
        const [right] = numbersIn(answer)
        if (right === undefined) return null
        const given = found(text)
        return given !== undefined && Math.abs(given - right) <= tolerance ? 1 : 0
      },
      answer({ text }) {
        const given = found(text)
        return given === undefined ? undefined : String(given)
      },
    }
  },
}
