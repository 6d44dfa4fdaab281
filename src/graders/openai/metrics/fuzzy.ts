/**
 * rapidfuzz's fuzz.* (3.14), as shares of 1: ratio = 2·LCS / (|a| + |b|) over code points, and the scores built on it. Nothing is
 * lowered or stripped unless defaultProcess is called first.
 */
import { commonLength, words } from './sequences'

const ratioOf = (a: readonly string[], b: readonly string[]) =>
  a.length + b.length === 0 ? 1 : (2 * commonLength(a, b)) / (a.length + b.length)
const sorted = (text: string) => words(text).sort().join(' ')

export function ratio(a: string, b: string): number {
  return ratioOf([...a], [...b])
}

/** Lower case, everything but letters, digits and _ a blank, ends trimmed. */
export function defaultProcess(text: string): string {
  return text.replace(/[^\p{L}\p{N}_]/gu, ' ').toLowerCase().trim()
}

/** The best ratio of the shorter text with any window of the longer, windows that its ends cut short included. */
export function partialRatio(a: string, b: string): number {
  const [x, y] = [[...a], [...b]]
  if (x.length === y.length) return Math.max(bestWindow(x, y), bestWindow(y, x))
  return x.length < y.length ? bestWindow(x, y) : bestWindow(y, x)
}

function bestWindow(short: string[], long: string[]): number {
  if (short.length === 0) return long.length === 0 ? 1 : 0
  let best = 0
  for (let end = 1; end < long.length + short.length; end++)
    best = Math.max(best, ratioOf(short, long.slice(Math.max(0, end - short.length), end)))
  return best
}

export function tokenSortRatio(a: string, b: string): number {
  return ratio(sorted(a), sorted(b))
}

/** Words that both have, and those that only one has, each sorted and joined. */
function split(a: string, b: string): { common: string; left: string; right: string } {
  const [x, y] = [new Set(words(a)), new Set(words(b))]
  const joined = (list: string[]) => list.sort().join(' ')
  return {
    common: joined([...x].filter((word) => y.has(word))),
    left: joined([...x].filter((word) => !y.has(word))),
    right: joined([...y].filter((word) => !x.has(word))),
  }
}

/** The best of: common words + rest against common words + rest, and the common words alone against either. */
export function tokenSetRatio(a: string, b: string): number {
  if (words(a).length === 0 || words(b).length === 0) return 0
  const parts = split(a, b)
  const [left, right] = [[...parts.left], [...parts.right]]
  const shared = [...parts.common].length
  const gap = Number(shared > 0) // the blank between the common words and the rest
  if (shared > 0 && (left.length === 0 || right.length === 0)) return 1
  const [whole, other] = [shared + gap + left.length, shared + gap + right.length]
  const apart = left.length + right.length - 2 * commonLength(left, right)
  const full = 1 - apart / (whole + other)
  if (shared === 0) return full
  return Math.max(full, 1 - (gap + left.length) / (shared + whole), 1 - (gap + right.length) / (shared + other))
}

function partialTokenRatio(a: string, b: string): number {
  const { common, left, right } = split(a, b)
  return common !== '' ? 1 : Math.max(partialRatio(sorted(a), sorted(b)), partialRatio(left, right))
}

/** The best of the above with weights that depend on how unlike the lengths are. */
export function weightedRatio(a: string, b: string): number {
  const [short, long] = [[...a].length, [...b].length].sort((x, y) => x - y)
  if (!short || !long) return 0
  const whole = ratio(a, b)
  if (long / short < 1.5) return Math.max(whole, 0.95 * Math.max(tokenSortRatio(a, b), tokenSetRatio(a, b)))
  const scale = long / short <= 8 ? 0.9 : 0.6
  return Math.max(whole, scale * partialRatio(a, b), 0.95 * scale * partialTokenRatio(a, b))
}
