/**
 * Cosine of two texts' word counts, plain or by scikit-learn's tf-idf over the two (idf = ln(3 / (1 + df)) + 1); words are runs of two
 * and more letters, digits and _, in lower case. Undefined where neither text has one. OpenAI compares embeddings of a model instead.
 */
export function cosine(a: string, b: string, { tfidf = false } = {}): number | undefined {
  const [x, y] = [counts(a), counts(b)]
  if (x.size + y.size === 0) return undefined
  const idf = (word: string) => (tfidf ? Math.log(3 / (1 + Number(x.has(word)) + Number(y.has(word)))) + 1 : 1)
  const product = (left: Map<string, number>, right: Map<string, number>) =>
    [...left].reduce((sum, [word, count]) => sum + count * (right.get(word) ?? 0) * idf(word) ** 2, 0)
  const norm = Math.sqrt(product(x, x) * product(y, y))
  return norm === 0 ? 0 : product(x, y) / norm
}

function counts(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? []) found.set(word, (found.get(word) ?? 0) + 1)
  return found
}
