/** Google's BLEU of one sentence (arXiv 1609.08144, §6) as nltk 3.10 has it: common n-grams, n = 1 … 4, over those of the longer side. */
import { ngrams, overlap, words } from './sequences'

export function gleu(candidate: string, reference: string): number {
  const [a, b] = [words(candidate), words(reference)]
  if (a.length === 0 || b.length === 0) return 0
  let [matches, left, right] = [0, 0, 0]
  for (const n of [1, 2, 3, 4]) {
    matches += overlap(ngrams(a, n), ngrams(b, n))
    left += Math.max(0, a.length - n + 1)
    right += Math.max(0, b.length - n + 1)
  }
  return matches / Math.max(left, right)
}
