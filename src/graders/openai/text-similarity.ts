/** text_similarity: how near the input comes to the reference, 0 … 1, by one of the metrics of metrics/index. */
import { DEFAULTS, metrics, readingsOf, type MetricName } from './metrics/index'
import type { TextSimilarity } from './schema'
import type { Score } from './score'
import { template } from './template'

/** Which library call a metric of the schema stands for, where it is not the default. */
export type Readings = Partial<Record<MetricName, string>>

export function textSimilarityScore(grader: TextSimilarity, path: PropertyKey[], readings: Readings = {}): Score {
  const input = template(grader.input, [...path, 'input'])
  const reference = template(grader.reference, [...path, 'reference'])
  const metric = metrics[readingOf(grader.evaluation_metric, readings)]!
  return (view) => metric(input(view), reference(view))
}

/** Throws one sentence when the metric cannot be read so. */
export function readingOf(name: MetricName, readings: Readings): string {
  const reading = readings[name] ?? DEFAULTS[name]
  const allowed = readingsOf(name)
  if (allowed.includes(reading)) return reading
  throw new Error(`${name} cannot be read as “${reading}”; it may be ${allowed.join(', ')}`)
}
