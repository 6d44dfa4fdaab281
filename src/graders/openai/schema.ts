/**
 * OpenAI's grader objects, as RFT jobs may hold them: string_check, text_similarity, score_model, python, and multi over these four.
 * Every key is known; optional ones may be null. validateShape names the first thing that is wrong, and where.
 */
import { z } from 'zod'
import { METRIC_NAMES } from './metrics/index'

const name = z.string().min(1)
/** The score from which an answer counts as right; the reward is the score all the same. */
const pass = { pass_threshold: z.number().nullish() }

export const stringCheck = z.strictObject({
  type: z.literal('string_check'),
  name,
  input: z.string(),
  reference: z.string(),
  operation: z.enum(['eq', 'ne', 'like', 'ilike']),
})

export const textSimilarity = z.strictObject({
  type: z.literal('text_similarity'),
  name,
  input: z.string(),
  reference: z.string(),
  evaluation_metric: z.enum(METRIC_NAMES),
  ...pass,
})

const part = z.strictObject({ type: z.enum(['input_text', 'output_text']), text: z.string() })

export const scoreModel = z.strictObject({
  type: z.literal('score_model'),
  name,
  model: z.string().min(1),
  input: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant', 'system', 'developer']),
        content: z.union([z.string(), part, z.array(z.union([z.string(), part]))], { error: 'only text can be sent: a string, input_text or output_text' }),
        type: z.literal('message').nullish(),
      }),
    )
    .min(1),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'the first must be below the second')
    .nullish(),
  sampling_params: z
    .strictObject({
      seed: z.int().nullish(),
      top_p: z.number().positive().max(1).nullish(),
      temperature: z.number().min(0).nullish(),
      max_completions_tokens: z.int().min(1).nullish(),
      reasoning_effort: z.string().nullish(),
    })
    .nullish(),
  ...pass,
})

/** Characters of UTF-8, OpenAI's limit. */
const SOURCE_BYTES = 256 * 1000

export const python = z.strictObject({
  type: z.literal('python'),
  name,
  source: z
    .string()
    .refine((source) => new TextEncoder().encode(source).length < SOURCE_BYTES, 'it must be below 256 kB')
    .refine((source) => /^(?:async\s+)?def\s+grade\s*\(/m.test(source), 'it must define grade(sample, item)'),
  image_tag: z.string().nullish(),
  ...pass,
})

const single = z.discriminatedUnion('type', [stringCheck, textSimilarity, scoreModel, python])

export const multi = z.strictObject({
  type: z.literal('multi'),
  name,
  graders: z
    .record(z.string(), single)
    .refine((graders) => Object.keys(graders).length > 0, 'it must hold at least one'),
  calculate_output: z.string().min(1),
  ...pass,
})

export type StringCheck = z.output<typeof stringCheck>
export type TextSimilarity = z.output<typeof textSimilarity>
export type ScoreModel = z.output<typeof scoreModel>
export type Python = z.output<typeof python>
export type Multi = z.output<typeof multi>
export type SingleGrader = z.output<typeof single>
export type OpenAIGrader = SingleGrader | Multi

const kinds = { string_check: stringCheck, text_similarity: textSimilarity, score_model: scoreModel, python, multi } as const

/** The grader. Throws one sentence: where, which value, what is allowed. */
export function validateShape(json: unknown, where = 'the grader'): OpenAIGrader {
  const type = isObject(json) ? json.type : undefined
  if (!isObject(json) || typeof type !== 'string') throw new Error(`${where} has no type; allowed are ${Object.keys(kinds).join(', ')}`)
  if (type === 'label_model') {
    throw new Error(`${where} is a label_model, which OpenAI has for evals alone and not for reinforcement; use score_model or string_check`)
  }
  if (!Object.hasOwn(kinds, type)) throw new Error(`${where} has the type “${type}”; allowed are ${Object.keys(kinds).join(', ')}`)
  if (type === 'multi' && isObject(json.graders)) checkMembers(json.graders, where)
  const parsed = kinds[type as keyof typeof kinds].safeParse(json)
  if (parsed.success) return parsed.data
  throw new Error(explain(parsed.error.issues[0]!, json, where))
}

/** Members of a multi grader are looked at one by one first, so that what is wrong with one is said in its own words. */
function checkMembers(graders: Record<string, unknown>, where: string): void {
  if (typeof graders.type === 'string') {
    throw new Error(`graders of ${where} is one grader; it must be an object of graders by their names in calculate_output`)
  }
  for (const [key, grader] of Object.entries(graders)) {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(key)) throw new Error(`graders of ${where} has the name “${key}”; names in formulas are letters, digits and _`)
    if (isObject(grader) && grader.type === 'multi') throw new Error(`graders.${key} of ${where} is a multi grader, which cannot stand inside another`)
    validateShape(grader, `graders.${key} of ${where}`)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function explain(issue: z.core.$ZodIssue, json: unknown, where: string): string {
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], json)
  const path = issue.path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('')
  const place = path === '' ? where : `${path} of ${where}`
  const shown = JSON.stringify(value) ?? ''
  const found = value === undefined ? 'is missing' : `is ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`
  if (issue.code === 'unrecognized_keys') return `${place} has the unknown field “${issue.keys[0]}”`
  if (issue.code === 'invalid_value') return `${place} ${found}; allowed are ${issue.values.map(String).join(', ')}`
  return `${place} ${found}; ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
}
