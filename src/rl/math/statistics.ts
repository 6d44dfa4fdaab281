/** Sums of small samples, f64. */

/** NaN for no numbers. */
export function mean(xs: readonly number[]): number {
  return xs.reduce((sum, x) => sum + x, 0) / xs.length
}

/** Unbiased standard deviation (Bessel's n − 1); NaN for fewer than two numbers. */
export function deviation(xs: readonly number[]): number {
  const m = mean(xs)
  return xs.length < 2 ? NaN : Math.sqrt(xs.reduce((sum, x) => sum + (x - m) ** 2, 0) / (xs.length - 1))
}

/** Wilson's score interval of a share (E. B. Wilson, 1927), 95 % unless z says otherwise; total > 0. */
export function wilson(correct: number, total: number, z = 1.959963984540054): { low: number; high: number } {
  const p = correct / total
  const middle = p + z ** 2 / (2 * total)
  const half = z * Math.sqrt((p * (1 - p)) / total + z ** 2 / (4 * total ** 2))
  const scale = 1 + z ** 2 / total
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) }
}
