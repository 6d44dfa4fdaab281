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

/** Unbiased estimate of P(at least one of k answers is right) from `right` of n (arXiv 2107.03374, eq. 1): 1 − C(n−right, k) / C(n, k). */
export function passAt(n: number, right: number, k: number): number {
  if (k > n) throw new Error(`pass@${k} cannot be estimated from ${n} answers; take at least ${k}`)
  if (n - right < k) return 1
  let none = 1
  for (let i = n - right + 1; i <= n; i++) none *= 1 - k / i
  return 1 - none
}

/** Student's t at 97.5 %, by degrees of freedom from 1. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
]

/** Half of the 95 % interval of a mean over independent runs, by Student's t (normal beyond 21 runs); NaN for fewer than two. */
export function halfInterval(xs: readonly number[]): number {
  return ((T[xs.length - 2] ?? 1.96) * deviation(xs)) / Math.sqrt(xs.length)
}
