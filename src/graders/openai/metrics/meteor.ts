/**
 * METEOR (Banerjee and Lavie 2005) as nltk 3.10 has it, without the stage of WordNet's synonyms: words match exactly, then by their
 * Porter stems; F = P·R / (α·P + (1 − α)·R), less the share γ·(chunks / matches)^β, with α .9, β 3, γ .5.
 */
import { stemmer } from 'stemmer'
import { words } from './sequences'

const [ALPHA, BETA, GAMMA] = [0.9, 3, 0.5]

export function meteor(candidate: string, reference: string): number {
  const [a, b] = [words(candidate.toLowerCase()), words(reference.toLowerCase())]
  const pairs = align(a, b)
  if (pairs.length === 0) return 0
  const [precision, recall] = [pairs.length / a.length, pairs.length / b.length]
  const f = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall)
  const chunks = pairs.filter(([i, j], k) => k === 0 || i !== pairs[k - 1]![0] + 1 || j !== pairs[k - 1]![1] + 1).length
  return f * (1 - GAMMA * (chunks / pairs.length) ** BETA)
}

/** Pairs of positions, in the order of the candidate; each stage goes from the last word to the first on both sides. */
function align(a: string[], b: string[]): [number, number][] {
  const pairs: [number, number][] = []
  let [left, right] = [[...a.keys()], [...b.keys()]]
  for (const same of [(word: string) => word, stemmer]) {
    const [x, y] = [a.map(same), b.map(same)]
    for (const i of left.toReversed()) {
      const j = right.findLast((at) => x[i] === y[at])
      if (j === undefined) continue
      pairs.push([i, j])
      left = left.filter((at) => at !== i)
      right = right.filter((at) => at !== j)
    }
  }
  return pairs.sort(([i], [j]) => i - j)
}
