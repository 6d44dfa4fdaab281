/** A fixed set that comes round again and again, in another order each time; or the task's endless supply of training examples. */
import { shuffled } from '../tasks/random'
import type { Example } from '../tasks/task'
import type { Context } from './algorithm'

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
