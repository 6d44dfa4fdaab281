/** Median and quartiles of repeated times. Quantiles lie linearly between the sorted samples (Hyndman and Fan's type 7). */

/** Seconds. */
export interface Spread {
  median: number
  /** The quartiles; q3 − q1 is the interquartile range. */
  q1: number
  q3: number
  /** In the order in which they were measured. */
  samples: number[]
}

/** The share `q` in [0, 1] of the samples lies below; throws where there are none. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new Error('There is no quantile of no samples; measure something first')
  const sorted = [...samples].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)]!
  return below + (at % 1) * (sorted[Math.ceil(at)]! - below)
}

export function spreadOf(samples: readonly number[]): Spread {
  const at = (q: number) => quantile(samples, q)
  return { median: at(0.5), q1: at(0.25), q3: at(0.75), samples: [...samples] }
}
