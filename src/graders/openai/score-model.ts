/**
 * score_model: a model reads the messages and answers {"result": number, "steps": [{"description", "conclusion"}]}; the result is clipped
 * to the range (0 to 1 when left out), and an answer without a number is 0 and flagged. The model is one of a server that the settings
 * name, or the loaded one, which is also told the form and decodes greedily unless sampling_params says otherwise.
 */
import { GraderFailure } from './failure'
import { parseJson } from './sample'
import type { ScoreModel } from './schema'
import type { Score } from './score'
import { template } from './template'

export interface ChatMessage {
  role: string
  content: string
}

/** One question to a model. */
export interface Question {
  model: string
  messages: ChatMessage[]
  sampling: NonNullable<ScoreModel['sampling_params']>
  range: [number, number]
}

export type Ask = (question: Question) => Promise<{ text: string; tokens: number }>

/** The form of an answer, as JSON Schema. */
export const ANSWER_SCHEMA = {
  type: 'object',
  properties: {
    steps: {
      type: 'array',
      items: {
        type: 'object',
        properties: { description: { type: 'string' }, conclusion: { type: 'string' } },
        required: ['description', 'conclusion'],
        additionalProperties: false,
      },
    },
    result: { type: 'number' },
  },
  required: ['steps', 'result'],
  additionalProperties: false,
} as const

export function scoreModelScore(grader: ScoreModel, path: PropertyKey[], ask: Ask): Score {
  const messages = grader.input.map(({ role, content }, i) => {
    const parts = (Array.isArray(content) ? content : [content]).map((part) => (typeof part === 'string' ? part : part.text))
    return { role, content: template(parts.join('\n'), [...path, 'input', i, 'content']) }
  })
  const range: [number, number] = grader.range ?? [0, 1]
  return async (view, onTokens) => {
    const { text, tokens } = await ask({
      model: grader.model,
      messages: messages.map(({ role, content }) => ({ role, content: content(view) })),
      sampling: grader.sampling_params ?? {},
      range,
    })
    onTokens(grader.model, tokens)
    return Math.min(Math.max(readResult(text), range[0]), range[1])
  }
}

/** The number of an answer: its `result`, or an answer that is a number and nothing else. */
function readResult(text: string): number {
  const body = /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1] ?? text.slice(Math.max(0, text.indexOf('{')))
  const json = parseJson(body.trim())
  const result = typeof json === 'object' && json !== null && 'result' in json ? json.result : json
  if (typeof result === 'number' && Number.isFinite(result)) return result
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  throw new GraderFailure('model_grader_parse_error', `the model's answer ${JSON.stringify(shown)} holds no {"result": number}`)
}

/** The completion of a policy's own model, one at a time. */
type Complete = (messages: ChatMessage[], options: { maxTokens: number; temperature: number; seed: number }) => Promise<string>

/** Tokens of an answer where sampling_params has no max_completions_tokens. */
const LENGTH = 256

export function askLoaded(complete: Complete): Ask {
  let before: Promise<unknown> = Promise.resolve()
  return async ({ messages, sampling, range }) => {
    const form = `Answer with JSON alone: {"result": number from ${range[0]} to ${range[1]}}`
    const last = messages.at(-1)!
    const told = [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${form}` }]
    const { max_completions_tokens: limit, temperature, seed } = sampling
    const options = { maxTokens: limit ?? LENGTH, temperature: temperature ?? 0, seed: seed ?? 0 }
    const answer = before.then(() => complete(told, options))
    before = answer.catch(() => undefined)
    return { text: await answer, tokens: 0 }
  }
}
