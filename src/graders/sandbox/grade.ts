/** One call of a person's grade(sample, item) in the sandbox. A bool counts as 0 or 1; any other value than a finite number is an error. */
import type { Failed, Language } from './sandbox'
import { sandbox } from './session'

export type Graded = { ok: true; score: number } | Pick<Failed, 'ok' | 'kind' | 'error'>

export async function callGrade(language: Language, source: string, args: readonly [unknown, unknown], seconds: number): Promise<Graded> {
  const outcome = await (await sandbox()).run({ language, source, call: 'grade', args }, { seconds })
  if (!outcome.ok) return outcome
  const { value } = outcome
  const score = typeof value === 'boolean' ? Number(value) : value
  if (typeof score === 'number' && Number.isFinite(score)) return { ok: true, score }
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return { ok: false, kind: 'error', error: `grade() returned ${shown.slice(0, 100)}; it must return a finite number` }
}
