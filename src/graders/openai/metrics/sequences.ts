/** What text metrics count: common subsequences, n-grams and words. */

/** The length of the longest common subsequence, in |a|·|b| steps. */
export function commonLength<T>(a: readonly T[], b: readonly T[]): number {
  let row = new Uint32Array(b.length + 1)
  let next = new Uint32Array(b.length + 1)
  for (const x of a) {
    for (let j = 0; j < b.length; j++) next[j + 1] = x === b[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!)
    ;[row, next] = [next, row]
  }
  return row[b.length]!
}

/** How often each n-gram occurs. A n-gram's key joins its words with line feeds, which no word holds. */
export function ngrams(words: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const gram = words.slice(i, i + n).join('\n')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

/** How many n-grams both have: Σ min(count, count). */
export function overlap(a: Map<string, number>, b: Map<string, number>): number {
  let sum = 0
  for (const [gram, count] of a) sum += Math.min(count, b.get(gram) ?? 0)
  return sum
}

/** Words between white space. */
export function words(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '')
}
