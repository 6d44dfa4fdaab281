/**
 * A grader as OpenAI's reinforcement fine-tuning writes it, JSON and all: string_check, text_similarity, score_model, python, multi.
 * The reward is its score, unclipped but for score_model's range, as there. What fails gives 0 and is flagged by that service's names.
 */
import { z } from 'zod'
import type { Grader, GraderKind, GraderTools } from '../grader'
import { BadGrader } from './bad-grader'
import { compile, LOADED, PYTHON_SECONDS, TIMEOUT, whyUnasked } from './compile'
import { METRIC_NAMES, readingsOf } from './metrics/index'
import { responseFormat } from './sample'
import type { OpenAIGrader } from './schema'

const settings = z.object({
  grader: z
    .looseObject({})
    .default({ type: 'string_check', name: 'answer', input: '{{ sample.output_text }}', reference: '{{ item.answer }}', operation: 'eq' })
    .superRefine((json, context) => {
      try {
        compile(json)
      } catch (error) {
        if (!(error instanceof BadGrader)) throw error
        context.addIssue({ code: 'custom', path: error.path, message: error.why })
      }
    })
    .describe('OpenAI’s grader object: string_check, text_similarity, score_model, python or multi'),
  pass: z.number().optional().describe('score from which an answer counts as right; pass_threshold or the best when left out'),
  response_format: responseFormat.optional().describe('what completions should be, for sample.output_json; others are flagged'),
  endpoint: z.string().min(1).optional().describe(`server that score_model asks (https://…/v1), or ${LOADED}: the model that is trained`),
  timeout: z.number().positive().default(TIMEOUT).describe('seconds that a question to a server may take'),
  python_seconds: z.number().positive().max(120).default(PYTHON_SECONDS).describe('seconds that a call of Python may take'),
  text_metrics: z
    .strictObject(Object.fromEntries(METRIC_NAMES.map((name) => [name, z.enum(readingsOf(name)).optional()])))
    .default({})
    .describe('other readings of text_similarity’s metrics, such as {"bleu": "nltk sentence_bleu method1"}'),
})

export const openai: GraderKind<typeof settings> = {
  name: 'openai',
  title: 'A grader of OpenAI’s reinforcement fine-tuning',
  settings,
  create: createOpenAI,
}

/** Throws one sentence when the grader cannot be used: what it asks for is not to be had, or not allowed. */
function createOpenAI(given: z.output<typeof settings>, tools: GraderTools): Grader {
  const { grader, run } = compile(given.grader, given, tools)
  const asks = (grader.type === 'multi' ? Object.values(grader.graders) : [grader]).some(({ type }) => type === 'score_model')
  const why = asks && whyUnasked(given, tools)
  if (why) throw new Error(`the grader “${grader.name}” asks a model: ${why}`)
  const max = best(grader)
  const pass = given.pass ?? ('pass_threshold' in grader ? grader.pass_threshold : undefined)
  return {
    name: 'openai',
    title: `OpenAI’s ${grader.type}: ${grader.name}`,
    max,
    ...(pass != null && { pass }),
    async grade(submission, flag) {
      const { answer, item } = submission
      const { reward, failures } = await run({ ...submission, item: { answer, ...item } }) // tasks without fields have their answer
      for (const { grader: name, failure } of failures) flag?.(failure.flag, `${name}: ${failure.message}`)
      return reward
    },
    answer: ({ text }) => text.trim() || undefined,
  }
}

/** The highest score that a grader's type gives; of a formula or a program nobody knows it, and 1 is meant. */
function best(grader: OpenAIGrader): number {
  return grader.type === 'score_model' ? (grader.range?.[1] ?? 1) : 1
}
