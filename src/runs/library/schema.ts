/** The rows of a journal as they come from a file: checked before anything is made of them. */
import { z } from 'zod'
import { oneLine } from '../../graders/json'
import type { Evaluation, GroupRecord, TokenRecord } from '../../rl/report'

const count = z.int().min(0)
const figure = z.number()
const finish = z.enum(['stop', 'length'])
const scores = z.record(z.string(), figure.nullable())
const text = z.string()

const round = z.object({ prompt: text, text, finish, note: text, left: z.boolean() })
const trajectory = z.object({ rounds: z.array(round), scores, success: figure, advantage: figure.optional() })
const completion = z.object({
  text, pieces: z.array(text).optional(), finish, scores, reward: figure, advantage: figure,
  note: text.optional(), left: z.boolean().optional(), trajectories: z.array(trajectory).optional(),
})
const group = z.object({
  prompt: text, solution: text, answer: text.optional(), item: z.record(z.string(), z.unknown()).optional(), completions: z.array(completion),
})

const share = z.object({ accuracy: figure, low: figure, high: figure })
const answers = share.extend({
  problems: count, correct: figure, temperature: figure, rounds: count, generations: count, meanLength: figure,
  reward: figure.optional(), majority: share.optional(), rerank: share.optional(), weighted: share.optional(),
  passAt: z.record(z.string(), figure).optional(), measures: z.record(z.string(), share.extend({ of: count })).optional(),
  levels: z.record(z.string(), share.extend({ problems: count })).optional(),
  notes: z.object({ left: figure, right: figure.optional() }).optional(),
})
export const evaluationRow = answers.extend({
  step: count, numTokens: count, questions: count, seconds: figure, variants: z.record(z.string(), answers).optional(),
})
/** A line of steps.jsonl; a figure that was no number is null there. */
export const stepRow = z.object({ step: z.int().min(1), trouble: text.optional() }).catchall(figure.nullable())
/** A line of rollouts.jsonl. */
export const rolloutRow = group.extend({ step: z.int().min(1), question: count })

const rows = z.array(z.array(figure))
const tokens = z.object({
  sampled: rows, logprob: rows, entropy: rows, old: rows.nullable(), reference: rows.nullable(), advantages: z.union([z.array(figure), rows]),
  counts: z.array(z.boolean()), slope: rows, values: rows.optional(), returns: rows.optional(),
})

export const groupsOf = z.array(group)
export const tokensOf = tokens

/** Completions without pieces get their text as the one piece. */
export function readGroup(read: z.output<typeof group>): GroupRecord {
  return { ...read, completions: read.completions.map((each) => ({ ...each, pieces: each.pieces ?? [each.text] })) }
}

export const readEvaluation = (read: z.output<typeof evaluationRow>): Evaluation => read
export const readTokens = (read: z.output<typeof tokens>): TokenRecord => read

/** “steps.jsonl, line 3: step is missing” for what zod found first. */
export function sayIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0]!
  return oneLine(`${path.length > 0 ? `${path.map((key) => oneLine(String(key), 60)).join('.')}: ` : ''}${message}`, 300)
}
