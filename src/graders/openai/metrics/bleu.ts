/**
 * BLEU of one sentence (Papineni et al. 2002): brevity penalty × geometric mean of the n-gram precisions, n = 1 … 4. Two libraries
 * differ in words, in what zero matches count and in which orders: sacrebleu 2.6 (13a words, exponential smoothing, only orders that
 * the sentence has) and nltk 3.10 (words between blanks, Chen and Cherry's smoothing 1, always four orders).
 */
import { ngrams, overlap, words } from './sequences'

const ORDERS = [1, 2, 3, 4]

/** Matches and n-grams of the candidate by order, and the brevity penalty. */
function count(candidate: string[], reference: string[]) {
  const orders = ORDERS.map((n) => ({
    matches: overlap(ngrams(candidate, n), ngrams(reference, n)),
    total: Math.max(0, candidate.length - n + 1),
  }))
  const brevity = candidate.length === 0 ? 0 : Math.min(1, Math.exp(1 - reference.length / candidate.length))
  return { orders, brevity }
}

/** sacrebleu's sentence_bleu / 100. `smooth`: in turn, orders without a match count 1/2, 1/4, … of one; without it they make it 0. */
export function sacrebleu(candidate: string, reference: string, smooth = true): number {
  const { orders, brevity } = count(words13a(candidate), words13a(reference))
  if (orders.every(({ matches }) => matches === 0)) return 0
  const present = orders.filter(({ total }) => total > 0)
  let halves = 1
  const logs = present.map(({ matches, total }) => Math.log(matches > 0 ? matches / total : smooth ? 1 / ((halves *= 2) * total) : 0))
  return brevity * Math.exp(logs.reduce((a, b) => a + b, 0) / present.length)
}

/** nltk's sentence_bleu with SmoothingFunction().method1: an order without a match counts a tenth of one. */
export function nltkBleu(candidate: string, reference: string): number {
  const { orders, brevity } = count(words(candidate), words(reference))
  if (orders[0]!.matches === 0) return 0
  const logs = orders.map(({ matches, total }) => Math.log((matches || 0.1) / Math.max(1, total)))
  return brevity * Math.exp(logs.reduce((a, b) => a + b, 0) / orders.length)
}

/** The words of mteval-v13a: punctuation stands alone, but for . and , between digits. */
function words13a(text: string): string[] {
  const plain = text
    .trimEnd()
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
  return words(
    ` ${plain} `
      .replace(/([{-~[-` -&(-+:-@/])/gu, ' $1 ')
      .replace(/([^0-9])([.,])/gu, '$1 $2 ')
      .replace(/([.,])([^0-9])/gu, ' $1 $2')
      .replace(/([0-9])(-)/gu, '$1 $2 '),
  )
}
