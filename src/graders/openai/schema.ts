/**
 * OpenAI's grader objects, as RFT jobs may hold them: string_check, text_similarity, score_model, python, and multi over these four.
 * Every key is known; optional ones may be null. validateShape says what is wrong first, and where.
 */
import { z } from 'zod'
import { BadGrader } from './bad-grader'
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
        content: z.union([z.string(), part, z.array(z.union([z.string(), part]))], {
          error: 'only text can be sent: a string, input_text or output_text',
        }),
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

/** The grader. Throws BadGrader on the first thing that is wrong. */
export function validateShape(json: unknown, path: PropertyKey[] = []): OpenAIGrader {
  if (!isObject(json)) throw new BadGrader(path, json, 'it must be an object')
  const { type, graders } = json
  const wrong = (key: string, why: string, value = json[key]) => new BadGrader([...path, key], value, why)
  if (type === 'label_model') throw wrong('type', 'OpenAI has it for evals alone, not for reinforcement; use score_model or string_check')
  if (type === 'multi' && path.length > 0) throw wrong('type', 'a multi grader cannot stand inside another')
  if (typeof type !== 'string' || !Object.hasOwn(kinds, type)) throw wrong('type', `allowed are ${Object.keys(kinds).join(', ')}`)
  if (type === 'multi' && isObject(graders)) {
    if (typeof graders.type === 'string') throw wrong('graders', 'it must be an object of graders by their names in calculate_output')
    for (const [key, grader] of Object.entries(graders)) {
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(key))
        throw wrong('graders', `the name “${key}” cannot stand in a formula; names are letters, digits and _`, key)
      validateShape(grader, [...path, 'graders', key]) // first by themselves, so that what is wrong is said of its own type
    }
  }
  const parsed = kinds[type as keyof typeof kinds].safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path
  const value = at.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key], json)
  throw new BadGrader([...path, ...at], value, reason(issue, type))
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function reason(issue: z.core.$ZodIssue, type: string): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${type} has no such field`
    case 'invalid_value':
      return `allowed are ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return `it must be of the type ${issue.expected}`
    default:
      return issue.message
  }
}
