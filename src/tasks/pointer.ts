/**
 * Pointer chasing in plain words, for chat models, the ledger's sibling: every letter points to another, and one follows the arrows from a start. The
 * arrows make one ring, so that no walk shorter than it comes back. Over several rounds the answer slot holds how far one has come, in free words.
 */
import { z } from 'zod'
import { drawProblem } from './problem'
import { shuffled } from './random'
import type { Example, Task, TaskKind } from './task'
import { roundsBy } from './wording'

const LETTERS = 'ABCDEFGHIJKLMNOP'

export interface PointerExample extends Example {
  /** Letter i points to letter to[i]. */
  to: number[]
  start: number
  hops: number
}

const settings = z
  .object({
    hops: z
      .tuple([z.int().min(1).max(LETTERS.length - 1), z.int().min(1).max(LETTERS.length - 1)])
      .refine(([low, high]) => low <= high, 'the first number of hops must not exceed the second')
      .default([3, 5])
      .describe('fewest and most arrows to follow'),
    letters: z.int().min(3).max(LETTERS.length).default(8).describe('letters that point to each other; at least one more than hops'),
  })

/** The letters of a walk, the start among them. */
function walk({ to, start, hops }: Pick<PointerExample, 'to' | 'start' | 'hops'>): string[] {
  const places = [start]
  while (places.length <= hops) places.push(to[places.at(-1)!]!)
  return places.map((at) => LETTERS[at]!)
}

const arrows = ({ to }: Pick<PointerExample, 'to'>) => to.map((at, i) => `${LETTERS[i]} -> ${LETTERS[at]}`).join(', ')
const question = ({ to, start, hops }: PointerExample) =>
  `Each letter points to another: ${arrows({ to })}. Start at ${LETTERS[start]} and follow ${hops} arrow${hops === 1 ? '' : 's'}, one after another. ` +
  'At which letter do you end?'

export const pointer: TaskKind<typeof settings> = {
  name: 'pointer',
  title: 'Pointer chasing in plain words, for chat models',
  settings,
  graders: [
    { name: 'exact', weight: 1 },
    { name: 'format', weight: 0.1 },
  ],
  create({ hops: [fewest, most], letters }): Task<PointerExample> {
    if (most >= letters)
      throw new Error(`the task pointer follows up to ${most} arrows among ${letters} letters and would come back to its start; ask for fewer hops or more letters`)
    return {
      name: 'pointer',
      example(split, i, seed = 0) {
        const drawn = drawProblem(
          13,
          split,
          i,
          seed,
          (random) => {
            const ring = shuffled(letters, random(0, 2 ** 31 - 1))
            const to = ring.map(() => 0)
            ring.forEach((at, k) => (to[at] = ring[(k + 1) % letters]!))
            return { to, start: random(0, letters - 1), hops: random(fewest, most) }
          },
          ({ to, start, hops }) => [...to, start, hops].join(' '),
        )
        return { ...drawn, answer: walk(drawn).at(-1)! }
      },
      prompt: (example) => [
        { role: 'user', content: `${question(example)} Write the arrows that you follow, then the letter at the end as <ans>letter</ans>.` },
      ],
      solution(example) {
        const places = walk(example)
        return `${places.slice(1).map((at, i) => `${places[i]} -> ${at}`).join('\n')}\n<ans>${example.answer}</ans>`
      },
      rounds: roundsBy('ans', 'the letter at the end and nothing else', question),
      level: ({ hops }) => `${hops} hop${hops === 1 ? '' : 's'}`,
    }
  },
}
