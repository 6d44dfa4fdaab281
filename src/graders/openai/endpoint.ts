/**
 * A server of OpenAI's chat completions (https://…/v1), asked with the answer's form as a JSON schema; one that knows no such form is
 * asked again without. Nothing is sent before leave was given. Up to LANES questions at a time; 408, 429, 5xx, no answer and no
 * connection are tried again after a pause that doubles, or as long as Retry-After says.
 */
import type { GraderTools } from '../grader'
import { GraderFailure } from './failure'
import { parseJson } from './sample'
import { ANSWER_SCHEMA, type Ask, type Question } from './score-model'

const LANES = 8
const TRIES = 5
/** Milliseconds before the second try, and at most. */
const PAUSE = 500
const LONGEST_PAUSE = 60_000

export interface EndpointOptions {
  /** Seconds that one try may take. */
  timeout: number
  /** Milliseconds before the second try. */
  pause?: number
}

/** Throws one sentence when the address is none. Asking rejects with a plain error where leave is not given. */
export function askEndpoint(address: string, { allow, key }: GraderTools, { timeout, pause = PAUSE }: EndpointOptions): Ask {
  const url = chatUrl(address)
  let leave: Promise<boolean> | undefined
  let formed = true
  const lane = lanes(LANES)

  const secret = () => key?.(url.origin)
  /** What a server says, without the secret that it may repeat. */
  const quote = (body: string) => (secret() ? body.replaceAll(secret()!, '…') : body)

  async function post(question: Question): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      redirect: 'error', // what is sent goes where leave was given, and nowhere else
      signal: AbortSignal.timeout(timeout * 1000),
      headers: { 'content-type': 'application/json', ...(secret() && { authorization: `Bearer ${secret()}` }) },
      body: JSON.stringify(bodyOf(question, formed)),
    })
  }

  async function ask(question: Question): Promise<{ text: string; tokens: number }> {
    for (let tried = 1; ; tried++) {
      let failure: GraderFailure
      let wait = pause * 2 ** (tried - 1)
      try {
        const response = await post(question)
        const body = quote(await response.text())
        if (response.ok) return read(body, url)
        if (formed && (response.status === 400 || response.status === 422) && body.includes('response_format')) {
          formed = false
          continue
        }
        failure = new GraderFailure('model_grader_server_error', `${url.host} answered ${response.status}: ${messageOf(body)}`)
        if (response.status !== 408 && response.status !== 429 && response.status < 500) throw failure
        const after = Number(response.headers.get('retry-after'))
        if (after > 0) wait = after * 1000
      } catch (error) {
        if (error instanceof GraderFailure) throw error
        failure =
          (error as Error).name === 'TimeoutError'
            ? new GraderFailure('unresponsive_reward_error', `${url.host} gave no answer within ${timeout} s`, { cause: error })
            : new GraderFailure('model_grader_server_error', `${url.host} cannot be reached (${causeOf(error)})`, { cause: error })
      }
      if (tried === TRIES) throw failure
      await new Promise((go) => setTimeout(go, Math.min(wait, LONGEST_PAUSE)))
    }
  }

  return async (question) => {
    leave ??= Promise.resolve(allow?.(url.origin, `prompts and completions, for ${question.model} to score`) ?? false)
    if (!(await leave)) {
      const why = 'which nobody has allowed; allow it (--allow-network) or take another grader'
      throw new Error(`${question.model} would get completions at ${url.origin}, ${why}`)
    }
    return lane(() => ask(question))
  }
}

function chatUrl(address: string): URL {
  const url = URL.parse(`${address.replace(/\/+$/, '')}/chat/completions`)
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url
  throw new Error(`the endpoint “${address}” is no address of a server; write one such as https://api.openai.com/v1, without a key in it`)
}

function bodyOf({ model, messages, sampling }: Question, formed: boolean): object {
  const { max_completions_tokens: limit, ...rest } = sampling
  const given = Object.entries({ ...rest, max_completion_tokens: limit }).filter(([, value]) => value !== undefined && value !== null)
  const form = { type: 'json_schema', json_schema: { name: 'score', strict: true, schema: ANSWER_SCHEMA } }
  return { model, messages, ...Object.fromEntries(given), ...(formed && { response_format: form }) }
}

interface Answer {
  choices?: { message?: { content?: unknown; refusal?: unknown } }[]
  usage?: { total_tokens?: unknown }
}

function read(body: string, url: URL): { text: string; tokens: number } {
  const answer = parseJson(body) as Answer | undefined
  const message = answer?.choices?.[0]?.message
  const spent = answer?.usage?.total_tokens
  if (typeof message?.refusal === 'string')
    throw new GraderFailure('model_grader_refusal_error', `the model refused: ${message.refusal.slice(0, 200)}`)
  if (typeof message?.content === 'string') return { text: message.content, tokens: typeof spent === 'number' ? spent : 0 }
  throw new GraderFailure('model_grader_server_error', `${url.host} answered what is no chat completion: ${body.slice(0, 100)}`)
}

function messageOf(body: string): string {
  const { error } = (parseJson(body) ?? {}) as { error?: { message?: unknown } }
  return (typeof error?.message === 'string' ? error.message : body).slice(0, 200) || 'no reason given'
}

function causeOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || message : message
}

/** Runs up to `count` jobs at a time, the others in their order. */
function lanes(count: number): <T>(job: () => Promise<T>) => Promise<T> {
  let free = count
  const waiting: (() => void)[] = []
  return async (job) => {
    if (free > 0) free--
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
