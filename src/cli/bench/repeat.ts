/** Repeats a piece of work: once to warm up, which is told apart, then as often as its own time allows. */

/** Seconds of each part of one repetition, by the part's name. */
export type Parts = Record<string, number>

export interface Repeated {
  warmup: Parts
  samples: Parts[]
}

/** Repetitions of work that takes less than LONG seconds, and of longer work. */
export const MANY = 10
export const FEW = 3
export const LONG = 5

/** Repetitions after the first has taken so many seconds, unless the caller wanted a number. */
export function repetitions(seconds: number, wanted?: number): number {
  return wanted ?? (seconds < LONG ? MANY : FEW)
}

/** @param wanted repetitions beside the warm-up */
export async function repeat(work: () => Promise<Parts>, wanted?: number): Promise<Repeated> {
  const warmup = await work()
  const samples = [await work()]
  const count = repetitions(Object.values(samples[0]!).reduce((sum, seconds) => sum + seconds, 0), wanted)
  while (samples.length < count) samples.push(await work())
  return { warmup, samples }
}

/** Seconds that `work` took, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; value: T }> {
  const since = performance.now()
  const value = await work()
  return { seconds: (performance.now() - since) / 1000, value }
}
