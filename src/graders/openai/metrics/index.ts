/**
 * The table of text metrics. OpenAI's schema names metrics, not the settings of the libraries behind them, so each name has several
 * readings, named after the library call that they equal (rapidfuzz 3.14, sacrebleu 2.6, nltk 3.10, rouge-score 0.1, scikit-learn
 * 1.9); DEFAULTS says which reading a name means unless a spec chooses another.
 */
import { nltkBleu, sacrebleu } from './bleu'
import { cosine } from './cosine'
import { defaultProcess, partialRatio, ratio, tokenSetRatio, tokenSortRatio, weightedRatio } from './fuzzy'
import { gleu } from './gleu'
import { meteor } from './meteor'
import { rougeL, rougeN } from './rouge'

/** Candidate and reference → 0 … 1. */
type Metric = (candidate: string, reference: string) => number

const rouges = Object.fromEntries(
  [1, 2, 3, 4, 5].flatMap((n): [string, Metric][] => [
    [`rouge_${n}`, (a, b) => rougeN(a, b, n).f],
    [`rouge_${n} stemmed`, (a, b) => rougeN(a, b, n, true).f],
  ]),
)

export const metrics: Readonly<Record<string, Metric>> = {
  'fuzz.ratio': ratio,
  'fuzz.ratio default_process': (a, b) => ratio(defaultProcess(a), defaultProcess(b)),
  'fuzz.partial_ratio': partialRatio,
  'fuzz.token_sort_ratio': tokenSortRatio,
  'fuzz.token_set_ratio': tokenSetRatio,
  'fuzz.WRatio': weightedRatio,
  'sacrebleu sentence_bleu': (a, b) => sacrebleu(a, b),
  'sacrebleu sentence_bleu no smoothing': (a, b) => sacrebleu(a, b, false),
  'nltk sentence_bleu method1': nltkBleu,
  'nltk sentence_gleu': gleu,
  'nltk meteor no wordnet': meteor,
  'cosine counts': (a, b) => cosine(a, b) ?? 0,
  'cosine tfidf': (a, b) => cosine(a, b, { tfidf: true }) ?? 0,
  ...rouges,
  rouge_l: (a, b) => rougeL(a, b).f,
  'rouge_l stemmed': (a, b) => rougeL(a, b, true).f,
}

export const METRIC_NAMES = [
  'cosine', 'fuzzy_match', 'bleu', 'gleu', 'meteor', 'rouge_1', 'rouge_2', 'rouge_3', 'rouge_4', 'rouge_5', 'rouge_l',
] as const

export type MetricName = (typeof METRIC_NAMES)[number]

/** What each name of the schema means here; a rouge that is not named is its plain one. */
export const DEFAULTS: Readonly<Record<MetricName, string>> = {
  cosine: 'cosine counts',
  fuzzy_match: 'fuzz.ratio',
  bleu: 'sacrebleu sentence_bleu',
  gleu: 'nltk sentence_gleu',
  meteor: 'nltk meteor no wordnet',
  rouge_1: 'rouge_1',
  rouge_2: 'rouge_2',
  rouge_3: 'rouge_3',
  rouge_4: 'rouge_4',
  rouge_5: 'rouge_5',
  rouge_l: 'rouge_l',
}

/** The readings that a name of the schema can have. */
export function readingsOf(name: MetricName): string[] {
  const family = { fuzzy_match: 'fuzz.', bleu: 'sentence_bleu', gleu: 'sentence_gleu' } as Partial<Record<MetricName, string>>
  return Object.keys(metrics).filter((reading) => reading.includes(family[name] ?? name))
}
