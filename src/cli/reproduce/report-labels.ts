/** Where the names of curves stand: broken into lines, and moved apart so that none touches another. */

/** Breaks a name between words, so that lines have at most `most` characters where words allow it. */
export function wrap(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/**
 * Tops of blocks of these heights that lie as near as can be (least squares) to where they want to be, without overlap and within
 * low … high (which must hold them all): isotonic regression by pooling neighbours that are in each other's way.
 */
export function spread(wants: number[], heights: number[], low: number, high: number): number[] {
  const order = wants.map((_, i) => i).sort((a, b) => wants[a]! - wants[b]! || a - b)
  const above: number[] = [] // what the blocks before take, by order
  let total = 0
  for (const i of order) {
    above.push(total)
    total += heights[i]!
  }
  const pools: { sum: number; count: number }[] = []
  order.forEach((i, at) => {
    pools.push({ sum: wants[i]! - above[at]!, count: 1 })
    for (let last = pools.length - 1; last > 0 && average(pools[last - 1]!) > average(pools[last]!); last--) {
      const { sum, count } = pools.pop()!
      pools[last - 1]!.sum += sum
      pools[last - 1]!.count += count
    }
  })
  const tops = wants.slice()
  const starts = pools.flatMap((pool) => Array.from({ length: pool.count }, () => Math.max(low, Math.min(high - total, average(pool)))))
  order.forEach((i, at) => (tops[i] = starts[at]! + above[at]!))
  return tops
}

function average({ sum, count }: { sum: number; count: number }): number {
  return sum / count
}
