/**
 * ROUGE-1 … ROUGE-5 and ROUGE-L (Lin 2004) as rouge-score 0.1 has them: lower case, words of [a-z0-9]; with `stem`, words of more than
 * three letters by their Porter stem. The schema's number is the F measure.
 */
import { stemmer } from 'stemmer'
import { commonLength, ngrams, overlap } from './sequences'

export interface Rouge {
  precision: number
  recall: number
  f: number
}

export function rougeN(candidate: string, reference: string, n: number, stem = false): Rouge {
  const [a, b] = [tokens(candidate, stem), tokens(reference, stem)]
  const matches = overlap(ngrams(a, n), ngrams(b, n))
  return rouge(matches / Math.max(1, a.length - n + 1), matches / Math.max(1, b.length - n + 1))
}

export function rougeL(candidate: string, reference: string, stem = false): Rouge {
  const [a, b] = [tokens(candidate, stem), tokens(reference, stem)]
  const common = commonLength(a, b)
  return rouge(common / Math.max(1, a.length), common / Math.max(1, b.length))
}

function rouge(precision: number, recall: number): Rouge {
  return { precision, recall, f: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

function tokens(text: string, stem: boolean): string[] {
  const found = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return stem ? found.map((word) => (word.length > 3 ? stemmer(word) : word)) : found
}
