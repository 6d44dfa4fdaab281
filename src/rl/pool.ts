/**
 * A fixed set that comes round again and again, in another order each time; or the task's endless supply of training examples. And
 * what the adapter at the start answers to a set of questions.
 */
import { shuffled } from '../tasks/random'
import type { Example, Split } from '../tasks/task'
import { START_ADAPTER, type Context } from './algorithm'
import { rollOut, samplingOf, type Rollouts } from './rollouts'

/** Questions of a set are sampled so many rows at a time. */
const ROWS = 256

/** Keeps these orders apart from other streams of the same seed. */
const POOL = 0x706f6f6c

/** Which of `size` things is the n-th to be drawn: each comes once before any comes again. `mark` tells orders of the same seed apart. */
export function comingRound(size: number, seed: number, mark = POOL): (n: number) => number {
  let order: number[] = []
  let round = -1
  return (n) => {
    if (round !== Math.floor(n / size)) {
      round = Math.floor(n / size)
      order = shuffled(size, seed, round, mark)
    }
    return order[n % size]!
  }
}

/** Examples number `first` … first + count − 1 of the run, out of the first `size` of the task; 0: all of them, in their order. */
export function draw({ task, seed }: Pick<Context, 'task' | 'seed'>, size: number, first: number, count: number): Example[] {
  const place = size === 0 ? (n: number) => n : comingRound(size, seed)
  return Array.from({ length: count }, (_, i) => task.example('train', place(first + i), seed))
}

/** Of a set of questions, as rollOut gives them. */
export type Answers = Pick<Rollouts, 'texts' | 'scores' | 'rows'>

/** Answers of the adapter at the start to the first `count` questions of a split; the same ones whenever they are asked for. */
export async function answersAtStart(
  context: Context,
  settings: Parameters<typeof samplingOf>[0],
  split: Split,
  count: number,
): Promise<Answers> {
  const { task, seed, graders } = context
  const chunk = Math.max(1, Math.floor(ROWS / settings.num_generations))
  const parts: Rollouts[] = []
  for (let first = 0; first < count; first += chunk) {
    const examples = Array.from({ length: Math.min(chunk, count - first) }, (_, q) => task.example(split, first + q, seed))
    const key = { seed, purpose: split === 'train' ? ('rollout' as const) : ('probe' as const), step: 0, prompt: first }
    parts.push(await rollOut(context, examples, { ...samplingOf(settings), adapter: START_ADAPTER, key }))
  }
  return {
    texts: parts.flatMap(({ texts }) => texts),
    scores: graders.map((_, f) => parts.flatMap(({ scores }) => scores[f]!)),
    rows: parts.flatMap(({ rows }) => rows),
  }
}
