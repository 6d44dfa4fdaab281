/**
 * Sums: additions as a base model or a small chat model reads them, some done ones in front and no chat form:
 * "1+1=2\n4+3=7\n2+6=8\n3+5=". The first number of the completion counts, which ends with its line. With one digit and three fixed
 * lines in front, SmolLM2-135M-Instruct is right in one of five at temperature 1. Here the lines in front are drawn for each
 * problem, never from held-out sums: of nine times nine sums alone too few would be left to ask.
 */
import { z } from 'zod'
import { drawProblem, heldOut } from './problem'
import type { Draw } from './random'
import type { Example, Task, TaskKind } from './task'

type Pair = [number, number]

export interface SumExample extends Example {
  terms: Pair
  shown: Pair[]
}

const settings = z.object({
  digits: z.int().min(1).max(6).default(1).describe('most digits of a number'),
  shown: z.int().min(0).max(16).default(3).describe('done sums in front of each problem'),
})

const spell = ([a, b]: Pair) => `${a}+${b}=`
const sum = ([a, b]: Pair) => String(a + b)
const digitsOf = ({ terms }: SumExample) => String(Math.max(...terms)).length

function draw(random: Draw, digits: number, shown: number): SumExample {
  const pair = (): Pair => [random(1, 10 ** digits - 1), random(1, 10 ** digits - 1)]
  const terms = pair()
  const done: Pair[] = []
  while (done.length < shown) {
    const other = pair()
    if (!heldOut(spell(other)) && spell(other) !== spell(terms)) done.push(other)
  }
  return { terms, shown: done, answer: sum(terms) }
}

export const sums: TaskKind<typeof settings> = {
  name: 'sums',
  title: 'Sums: few-shot additions without a chat form, for real models',
  settings,
  graders: [{ name: 'number', weight: 1, which: 'first', tolerance: 0 }],
  create: ({ digits, shown }): Task<SumExample> => ({
    name: 'sums',
    raw: true,
    stop: ['\n'],
    example: (split, i, seed = 0) => drawProblem(11, split, i, seed, (random) => draw(random, digits, shown), ({ terms }) => spell(terms)),
    prompt: ({ terms, shown }) => [{ role: 'user', content: shown.map((pair) => `${spell(pair)}${sum(pair)}\n`).join('') + spell(terms) }],
    solution: ({ answer }) => `${answer}\n`,
    ...(digits > 1 && { level: (example: SumExample) => `up to ${digitsOf(example)} digits` }),
  }),
}
