/**
 * Countdown: make a target of given numbers with + − * /, each number once (the task of TinyZero, github.com/Jiayi-Pan/TinyZero).
 * A problem is drawn with a way to solve it: two of the numbers at a time become one, until the target is left; all steps are in
 * whole numbers above 0. The answer is that expression; the grader takes every other one that does the same.
 */
import { z } from 'zod'
import { drawProblem } from './problem'
import type { Draw } from './random'
import type { Example, Task, TaskKind } from './task'
import { form, oneRound, roundsBy } from './wording'

export interface CountdownExample extends Example {
  numbers: number[]
  target: number
  /** 3 + 7 = 10, … */
  steps: string[]
}

const settings = z.object({
  numbers: z
    .tuple([z.int().min(2).max(6), z.int().min(2).max(6)])
    .refine(([low, high]) => low <= high, 'the first number of numbers must not exceed the second')
    .default([3, 4])
    .describe('fewest and most numbers of a problem'),
  largest: z.int().min(5).max(999).default(99).describe('numbers are drawn from 1 to this one'),
  largest_target: z.int().min(5).max(9999).default(99).describe('targets are 1 to this number'),
})

/** An expression as it is written; `binds` says how strongly its last operation does: 1 sums, 2 products, 3 numbers. */
interface Term {
  value: number
  text: string
  binds: number
}

const OPERATIONS = ['+', '-', '*', '/'] as const

/** One operation on two terms; undefined where it does not stay in whole numbers above 0. */
function combine(a: Term, b: Term, operation: (typeof OPERATIONS)[number]): Term | undefined {
  const binds = operation === '+' || operation === '-' ? 1 : 2
  const value = { '+': a.value + b.value, '-': a.value - b.value, '*': a.value * b.value, '/': a.value / b.value }[operation]
  if (!Number.isInteger(value) || value < 1) return undefined
  const bracket = (term: Term, needed: boolean) => (needed ? `(${term.text})` : term.text)
  const turnsRound = operation === '-' || operation === '/'
  const text = `${bracket(a, a.binds < binds)} ${operation} ${bracket(b, b.binds < binds || (turnsRound && b.binds === binds))}`
  return { value, text, binds }
}

/** undefined where the numbers came to no target in range. */
function draw(random: Draw, [fewest, most]: [number, number], largest: number, largestTarget: number): CountdownExample | undefined {
  const numbers = Array.from({ length: random(fewest, most) }, () => random(1, largest))
  let terms: Term[] = numbers.map((value) => ({ value, text: String(value), binds: 3 }))
  const steps: string[] = []
  while (terms.length > 1) {
    const [i, j] = [random(0, terms.length - 1), random(0, terms.length - 1)]
    const operation = OPERATIONS[random(0, 3)]!
    const [a, b] = [terms[i]!, terms[j]!]
    const made = i === j ? undefined : combine(a, b, operation)
    if (!made) continue
    steps.push(`${a.value} ${operation} ${b.value} = ${made.value}`)
    terms = [...terms.filter((_, at) => at !== i && at !== j), made]
  }
  const [{ value: target, text: answer }] = terms as [Term]
  return target <= largestTarget ? { numbers, target, steps, answer } : undefined
}

const SLOT = 'the expression, such as (1 + 2) / 3, and nothing else'
const question = ({ numbers, target }: CountdownExample) =>
  `Make ${target} of the numbers ${numbers.join(', ')}. Use each of them exactly once, with +, -, *, / and brackets.`

export const countdown: TaskKind<typeof settings> = {
  name: 'countdown',
  title: 'Countdown: numbers to a target, for chat models',
  settings,
  graders: [{ name: 'countdown', weight: 1 }],
  create({ numbers, largest, largest_target }): Task<CountdownExample> {
    return {
      name: 'countdown',
      example: (split, i, seed = 0) =>
        drawProblem(
          3,
          split,
          i,
          seed,
          (random) => draw(random, numbers, largest, largest_target),
          (drawn) => `${drawn.numbers.toSorted((a, b) => a - b).join(' ')} = ${drawn.target}`,
        ),
      prompt: (example) => [
        { role: 'system', content: oneRound('answer', SLOT) },
        { role: 'user', content: question(example) },
      ],
      solution: ({ steps, answer }) => form(steps.join('\n'), 'answer', answer),
      rounds: roundsBy('answer', SLOT, question),
      level: ({ numbers }) => `${numbers.length} numbers`,
    }
  },
}
