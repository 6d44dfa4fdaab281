/**
 * 1 when a number of the completion equals the answer, to within a tolerance: the last one, as most code for word problems takes it,
 * the first, or the value of the last \boxed{}. Read are a sign (not after a digit, a letter or a bracket: "3-5" is 3 and 5), commas
 * between groups of three, and a decimal part; "$", units and a full stop are passed over, so that "1,000.50 dollars." is 1000.5.
 */
import { z } from 'zod'
import { lastBox } from './boxed'
import type { Grader, GraderKind } from './grader'
import { clean } from './latex/clean'
import { readExpression } from './latex/evaluate'

const NUMBER = /(?:(?<![\w.)\]])[-−]\$?)?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<!\d)\.\d+)/g

const settings = z.object({
  which: z.enum(['last', 'first', 'boxed']).default('last').describe('which number of the completion counts; boxed: the value in \\boxed{}'),
  tolerance: z.number().min(0).default(0).describe('how far it may be from the answer'),
})

/** The numbers of a text, in their order. */
export function numbersIn(text: string): number[] {
  return (text.match(NUMBER) ?? []).map((found) => Number(found.replace('−', '-').replace(/[,$]/g, '')))
}

/** The value in the last \boxed{}; undefined where it is no number. */
function boxedValue(text: string): number | undefined {
  const value = readExpression(clean(lastBox(text) ?? '').split('=').at(-1)!)?.at(() => NaN)
  return value === undefined || Number.isNaN(value) ? undefined : value
}

export const number: GraderKind<typeof settings> = {
  name: 'number',
  title: 'The last or first number equals the right one',
  settings,
  create({ which, tolerance }): Grader {
    const found = (text: string) => (which === 'boxed' ? boxedValue(text) : numbersIn(text).at(which === 'last' ? -1 : 0))
    const counts = which === 'boxed' ? 'number in your last \\boxed{}' : `${which} number of your reply`
    return {
      name: 'number',
      title: 'The number equals the right one',
      rules: (weight) =>
        `The ${counts} is compared with the right answer` +
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
