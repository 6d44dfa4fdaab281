/** Differences of two sets of log-probs. */

/** |a − b|, one behind the other. Throws where the lengths differ: a number that is missing would pass. */
export function flatDifference(a: number[][], b: number[][]): number[] {
  return a.flatMap((row, i) => {
    if (row.length !== b[i]?.length) throw new Error(`row ${i} has ${row.length} log-probs here and ${b[i]?.length ?? 0} in the reference.`)
    return row.map((x, t) => Math.abs(x - b[i]![t]!))
  })
}

/** The largest, or NaN where one of them is: then no limit is kept. */
export function most(values: number[]): number {
  return values.reduce((a, x) => (x <= a || Number.isNaN(a) ? a : x), 0)
}
