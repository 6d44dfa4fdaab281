/** score_model against a server of this process, and the loaded model. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GraderTools } from '../grader'
import { askEndpoint } from './endpoint'
import { runGrader } from './run'
import type { Question } from './score-model'

interface Asked {
  body: Record<string, unknown> & { messages: { role: string; content: string }[] }
  authorization: string | undefined
}

let server: Server
let address: string
let asked: Asked[] = []
let handle: (response: ServerResponse, request: Asked) => void
const text = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
}
const says = (content: string) => (response: ServerResponse) =>
  text(response, 200, { choices: [{ message: { content } }], usage: { total_tokens: 42 } })

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => (body += piece.toString()))
    request.on('end', () => {
      const question = { body: JSON.parse(body) as Asked['body'], authorization: request.headers.authorization }
      asked.push(question)
      expect(request.url).toBe('/v1/chat/completions')
      handle(response, question)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const judge = {
  type: 'score_model',
  name: 'judge',
  model: 'gpt-x',
  input: [
    { role: 'developer', content: 'Rate from 1 to 5.' },
    { role: 'user', content: [{ type: 'input_text', text: 'Reference: {{ item.answer }}' }, 'Answer: {{ sample.output_text }}'] },
  ],
  range: [1, 5],
  sampling_params: { seed: 3, temperature: 0.2, max_completions_tokens: 99, reasoning_effort: 'low', top_p: null },
}
const tools: GraderTools = { allow: () => true, key: () => 'sk-secret' }
const ask = (given: object = {}, using = tools) => {
  asked = []
  return runGrader({ ...judge, ...given }, { model_sample: 'Rome', item: { answer: 'Paris' } }, { endpoint: address }, using)
}

describe('score_model', () => {
  it('sends the messages with what is asked of the answer, and reads the result', async () => {
    handle = says('{"steps": [{"description": "d", "conclusion": "c"}], "result": 2.5}')
    const answer = await ask()
    expect(answer).toMatchObject({ reward: 2.5, metadata: { token_usage: 42, messages: [] }, model_grader_token_usage_per_model: { 'gpt-x': 42 } })
    expect(asked).toHaveLength(1)
    expect(asked[0]!.authorization).toBe('Bearer sk-secret')
    expect(asked[0]!.body).toMatchObject({
      model: 'gpt-x',
      messages: [
        { role: 'developer', content: 'Rate from 1 to 5.' },
        { role: 'user', content: 'Reference: Paris\nAnswer: Rome' },
      ],
      seed: 3,
      temperature: 0.2,
      max_completion_tokens: 99,
      reasoning_effort: 'low',
      response_format: { type: 'json_schema' },
    })
    expect(asked[0]!.body).not.toHaveProperty('top_p')
  })

  it.each([
    ['{"result": 9}', 5, undefined],
    ['{"result": -9}', 1, undefined],
    ['```json\n{"result": 3}\n```', 3, undefined],
    ['So: {"result": 4}', 4, undefined],
    ['2', 2, undefined],
    ['{"result": "good"}', 0, 'model_grader_parse_error'],
    ['{"score": 3}', 0, 'model_grader_parse_error'],
    ['very good', 0, 'model_grader_parse_error'],
    ['', 0, 'model_grader_parse_error'],
  ])('%s scores %d', async (content, reward, flag) => {
    handle = says(content)
    const answer = await ask()
    expect(answer.reward).toBe(reward)
    expect(Object.entries(answer.metadata.errors).filter(([, value]) => value === true)).toEqual(flag ? [[flag, true]] : [])
  })

  it('flags refusals, and what the server says, without the key', async () => {
    handle = (response) => text(response, 200, { choices: [{ message: { content: null, refusal: 'I cannot.' } }] })
    expect((await ask()).metadata.errors.model_grader_refusal_error).toBe(true)
    handle = (response) => text(response, 401, { error: { message: 'Incorrect key sk-secret' } })
    const { metadata } = await ask()
    expect(asked).toHaveLength(1)
    expect(metadata.errors.model_grader_server_error).toBe(true)
    expect(metadata.errors.model_grader_server_error_details).toMatch(/^127\.0\.0\.1:\d+ answered 401: Incorrect key …$/)
    handle = (response) => text(response, 200, 'hello')
    expect((await ask()).metadata.errors.model_grader_server_error_details).toContain('no chat completion: hello')
  })

  it('asks once more without the form where a server does not know it', async () => {
    handle = (response, { body }) =>
      body.response_format ? text(response, 400, 'unknown field response_format') : says('{"result": 3}')(response)
    expect((await ask()).reward).toBe(3)
    expect(asked).toHaveLength(2)
  })

  it('sends nothing without leave, and asks for it once', async () => {
    await expect(ask({}, {})).rejects.toThrow('which nobody has allowed')
    await expect(ask({}, { allow: () => false })).rejects.toThrow(/^gpt-x would get completions at http:\/\/127\.0\.0\.1:\d+, which nobody has allowed/)
    expect(asked).toHaveLength(0)
    const asks: string[] = []
    const once = askEndpoint(address, { allow: (where) => asks.push(where) > 0 }, { timeout: 5 })
    handle = says('1')
    await Promise.all([1, 2, 3].map(() => once(question)))
    expect(asks).toEqual([new URL(address).origin])
    expect(asked.every(({ authorization }) => authorization === undefined)).toBe(true)
  })

  it('takes no address with a key in it, and follows no other one', async () => {
    expect(() => askEndpoint('https://me:key@example.com/v1', tools, { timeout: 1 })).toThrow('without a key in it')
    expect(() => askEndpoint('file:///etc/passwd', tools, { timeout: 1 })).toThrow('is no address of a server')
    handle = (response) => text(response, 307, '', { location: 'http://127.0.0.1:1/elsewhere' })
    await expect(askEndpoint(address, tools, { timeout: 5, pause: 1 })(question)).rejects.toMatchObject({ flag: 'model_grader_server_error' })
  })
})

const question: Question = { model: 'm', messages: [{ role: 'user', content: 'q' }], sampling: {}, range: [0, 1] }

describe('a server in trouble', () => {
  const patient = (timeout = 5) => askEndpoint(address, tools, { timeout, pause: 2 })

  it.each([429, 500, 503])('is asked again after %d', async (status) => {
    asked = []
    handle = (response) => (asked.length < 3 ? text(response, status, 'busy') : says('0.5')(response))
    expect(await patient()(question)).toEqual({ text: '0.5', tokens: 42 })
    expect(asked).toHaveLength(3)
  })

  it('is given up after five times', async () => {
    asked = []
    handle = (response) => text(response, 503, 'down')
    await expect(patient()(question)).rejects.toMatchObject({ flag: 'model_grader_server_error', message: expect.stringContaining('503: down') as string })
    expect(asked).toHaveLength(5)
  })

  it('that never answers is flagged as such', async () => {
    handle = () => undefined
    await expect(patient(0.03)(question)).rejects.toMatchObject({ flag: 'unresponsive_reward_error' })
  })

  it('that is not there is named', async () => {
    const nowhere = askEndpoint('http://127.0.0.1:1/v1', tools, { timeout: 1, pause: 1 })
    await expect(nowhere(question)).rejects.toMatchObject({ message: expect.stringContaining('127.0.0.1:1 cannot be reached') as string })
  })

  it('gets no more than eight questions at a time', async () => {
    let [received, most] = [0, 0]
    const open: ServerResponse[] = []
    handle = (response) => {
      received++
      most = Math.max(most, open.push(response))
      if (open.length < 8 && received < 30) return
      setTimeout(() => {
        for (const waiting of open.splice(0)) says('1')(waiting)
      }, 20)
    }
    const asks = patient()
    await Promise.all(Array.from({ length: 30 }, () => asks(question)))
    expect(most).toBe(8)
  })
})

describe('the loaded model', () => {
  it('is told the form, and asked one question at a time', async () => {
    const told: { content: string; options: object }[] = []
    let open = 0
    const complete: GraderTools['complete'] = async (messages, options) => {
      expect(++open).toBe(1)
      told.push({ content: messages.at(-1)!.content, options })
      await new Promise((go) => setTimeout(go, 1))
      open--
      return 'I say {"result": 4}'
    }
    const two = { type: 'multi', name: 'two', graders: { a: judge, b: judge }, calculate_output: 'a + b' }
    const answer = await runGrader(two, { model_sample: 'Rome', item: { answer: 'Paris' } }, { endpoint: 'loaded' }, { complete })
    expect(answer.reward).toBe(8)
    expect(told[0]!.content).toBe('Reference: Paris\nAnswer: Rome\n\nAnswer with JSON alone: {"result": number from 1 to 5}')
    expect(told[0]!.options).toEqual({ maxTokens: 99, temperature: 0.2, seed: 3 })
  })
})
