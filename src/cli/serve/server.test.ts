/** What the server promises clients besides numbers: names, repeats, polls, ends, turns. */
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import { LORA_TARGETS } from '../../policy/policy'
import { decodeSample, encodeCall } from '../../policy/tinker/codec'
import { tinkerHost } from '../../policy/tinker/host'
import { ADDRESS, testServer, TOKEN, type TestServer } from './server.fixture'
import { upstream } from './upstream'

let server: TestServer
afterEach(() => server.close())

type Json = Record<string, unknown>
const post = async (path: string, body: object | Uint8Array, accept = 'application/json') => {
  const binary = body instanceof Uint8Array
  const headers = { 'x-api-key': TOKEN, accept, 'content-type': binary ? 'application/x-protobuf' : 'application/json' }
  const answer = await server.fetch(`${ADDRESS}/api/v1/${path}`, { method: 'POST', headers, body: binary ? new Uint8Array(body) : JSON.stringify(body) })
  const json = answer.headers.get('content-type')?.includes('json') ? ((await answer.json()) as Json) : {}
  return { status: answer.status, json }
}
const result = async (request: unknown) => (await post('retrieve_future', { request_id: request })).json
/** Hands work in and waits for it. */
const done = async (path: string, body: object | Uint8Array) => result((await post(path, body)).json.request_id)

async function model(limits: Parameters<typeof testServer>[1] = {}) {
  server = testServer(createFakeHost(), limits)
  const { session_id: session } = (await post('create_session', {})).json as { session_id: string }
  const made = await post('create_model', { session_id: session, model_seq_id: 0, base_model: 'fake', lora_config: { rank: 4, seed: 1 } })
  await result(made.json.request_id)
  return { session, id: made.json.model_id as string }
}
const row = { tokens: [3, 4], inputs: { target_tokens: { dtype: 'int64' as const, values: [4, 5] }, weights: { dtype: 'float32' as const, values: [1, 1] } } }
const call = (id: string, seq: number) => encodeCall({ model: id, seq, rows: [row], loss: 'cross_entropy', config: {}, forwardOnly: false })
const adam = { learning_rate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0, grad_clip_norm: 0 }

describe('the server', () => {
  it('does a repeated request once, takes gaps, and refuses other requests of a number for good', async () => {
    const { id } = await model()
    const [one, again] = [await post('forward_backward', call(id, 1)), await post('forward_backward', call(id, 1))]
    expect(again.json.request_id).toBe(one.json.request_id)
    await done('optim_step', { model_id: id, seq_id: 7, adam_params: adam }) // a gap
    const other = await post('optim_step', { model_id: id, seq_id: 7, adam_params: { ...adam, learning_rate: 1 } })
    expect(other.status).toBe(400) // the SDK would repeat a 409
    expect((await post('optim_step', { model_id: id, seq_id: 3, adam_params: adam })).status).toBe(400)
  })

  it('takes no checkpoint name that is a path, and none twice', async () => {
    const { id } = await model()
    for (const path of ['../x', '/etc/x', 'a/b', '', '.', '%2e', 'x'.repeat(256), 'a\u0000']) {
      for (const endpoint of ['save_weights', 'save_weights_for_sampler']) {
        expect((await post(endpoint, { model_id: id, seq_id: 1, path })).status, path).toBe(422)
      }
    }
    expect(await done('save_weights', { model_id: id, seq_id: 1, path: 'a1' })).toEqual({ path: `tinker://${id}/weights/a1`, type: 'save_weights' })
    expect((await post('save_weights', { model_id: id, seq_id: 2, path: 'a1' })).status).toBe(400)
  })

  it('samples from published weights that have been overtaken, and from saved ones whose model is gone', async () => {
    const { session, id } = await model()
    const ephemeral = await done('save_weights_for_sampler', { model_id: id, seq_id: 1, sampling_session_seq_id: 0 })
    const named = await done('save_weights_for_sampler', { model_id: id, seq_id: 2, path: 'first' })
    const sample = async (sampler: unknown, seq: number) => {
      const asked = await post('asample', { sampling_session_id: sampler, seq_id: seq, prompt: { chunks: [{ type: 'encoded_text', tokens: [3] }] }, sampling_params: { max_tokens: 1, seed: 1 }, prompt_logprobs: true, num_samples: 2 })
      expect((asked.json.sample_sequence_ids as string[]).length).toBe(2)
      return (await result(asked.json.request_id)) as { sequences: { logprobs: number[] }[] }
    }
    const before = await sample(ephemeral.sampling_session_id, 0)
    await post('forward_backward', call(id, 3))
    await done('optim_step', { model_id: id, seq_id: 4, adam_params: { ...adam, learning_rate: 1 } })
    expect(await sample(ephemeral.sampling_session_id, 1)).toEqual(before)
    const now = await done('save_weights_for_sampler', { model_id: id, seq_id: 5, sampling_session_seq_id: 1 })
    expect(await sample(now.sampling_session_id, 0)).not.toEqual(before)
    await done('unload_model', { model_id: id })
    const saved = await post('create_sampling_session', { session_id: session, sampling_session_seq_id: 2, model_path: named.path })
    expect(await sample(saved.json.sampling_session_id, 0)).toEqual(before)
  })

  it('goes on from a checkpoint as SDK 0.38 asks for it, optimizer included', async () => {
    const { session, id } = await model()
    await post('forward_backward', call(id, 1))
    await done('optim_step', { model_id: id, seq_id: 2, adam_params: adam })
    const { path } = await done('save_weights', { model_id: id, seq_id: 3, path: 'x' })
    const loaded = await done('load_weights', { session_id: session, model_seq_id: 1, path, optimizer: true, type: 'load_weights' })
    expect(loaded).toMatchObject({ model_id: `${session}:train:1` })
    const norms: unknown[] = []
    for (const each of [id, `${session}:train:1`]) {
      await post('forward_backward', call(each, 4))
      norms.push(await done('optim_step', { model_id: each, seq_id: 5, adam_params: adam }))
    }
    expect(norms[1]).toEqual(norms[0])
  })

  it('holds polls while work is pending, so that a client asks less than once a second', async () => {
    server = testServer(createFakeHost({ delay: 100 }), { hold: 700 })
    const policy = await tinkerHost({ url: ADDRESS, key: TOKEN, fetch: server.fetch }).open({ model: 'fake', adapter: { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 1 } })
    const since = performance.now()
    const before = server.asked.length
    await policy.sample([[3]], { n: 1, maxTokens: 20, stop: [], temperature: 1, key: { seed: 1, purpose: 'probe', step: 0 } })
    const seconds = (performance.now() - since) / 1000
    const polls = server.asked.slice(before).filter((path) => path.endsWith('retrieve_future')).length
    console.log(`${polls} polls in ${seconds.toFixed(1)} s, held for 0.7 s each; 25 s otherwise`)
    expect(polls).toBeLessThan(seconds / 0.7 + 4)
  })

  it('says of failed work what failed with 200, and of unknown work 404, never a 5xx', async () => {
    const { id } = await model()
    const far = { ...row, inputs: { ...row.inputs, target_tokens: { dtype: 'int64' as const, values: [4, 99] } } }
    const failed = await done('forward_backward', encodeCall({ model: id, seq: 1, rows: [far], loss: 'cross_entropy', config: {}, forwardOnly: false }))
    expect(failed).toEqual({ error: 'row 0 has the token 99; ids are below 37', category: 'user' })
    expect((await post('retrieve_future', { request_id: 'x' })).status).toBe(404)
    await post('forward_backward', call(id, 2))
    expect(await done('optim_step', { model_id: id, seq_id: 3, adam_params: adam })).toHaveProperty('metrics.grad_norm')
    expect((await post('asample', {})).status).toBe(422)
  })

  it('ends sessions that are not heard of, with all that is theirs', async () => {
    await model({ idle: 500 })
    expect(server.counts().models).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(server.counts()).toMatchObject({ sessions: 0, models: 0 })
  })

  it('makes room for a new session by ending one whose client is gone', async () => {
    server = testServer(createFakeHost(), { sessions: 2, silent: 400 })
    const open = async () => (await post('create_session', {})).status
    expect([await open(), await open(), await open()]).toEqual([200, 200, 429])
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect([await open(), await open(), await open()]).toEqual([200, 200, 429])
  })

  it('gives thirty pupils their turns', async () => {
    server = testServer(createFakeHost({ delay: 1 }), { turn: 50, grace: 1 })
    const host = tinkerHost({ url: ADDRESS, key: TOKEN, fetch: server.fetch })
    const waits = await Promise.all(Array.from({ length: 30 }, async (_, pupil) => {
      const policy = await host.open({ model: 'fake', adapter: { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 1 } })
      let longest = 0
      for (let step = 0; step < 2; step++) {
        const since = performance.now()
        await policy.sample([[3]], { n: 2, maxTokens: 4, stop: [], temperature: 1, key: { seed: pupil, purpose: 'rollout', step } })
        longest = Math.max(longest, performance.now() - since)
      }
      await policy.close()
      return longest
    }))
    const mean = waits.reduce((a, b) => a + b, 0) / waits.length
    console.log(`longest wait of a pupil ${Math.max(...waits).toFixed(0)} ms, mean of the longest ${mean.toFixed(0)} ms`)
    expect(Math.max(...waits)).toBeLessThan(4 * mean)
  })
})

describe('--upstream', () => {
  it('passes the wire on with its own key, and nothing else', async () => {
    server = testServer(createFakeHost())
    const keys: (string | null)[] = []
    const { app, close } = upstream({
      url: ADDRESS,
      key: TOKEN,
      limits: { idle: 1000 },
      fetch: (input, init) => {
        keys.push(new Headers(init?.headers).get('x-api-key'))
        return server.fetch(input, init)
      },
    })
    const through = (path: string, init: RequestInit = {}) => Promise.resolve(app.request(`http://here${path}`, init))
    const made = await through('/api/v1/create_session', { method: 'POST', headers: { 'x-api-key': 'tml-of-the-page' }, body: '{}' })
    expect(made.status).toBe(200)
    expect((await through('/api/v1/etude/files/fake/tokenizer.json')).status).toBe(404)
    expect((await through('/api/v1/../../admin')).status).toBe(404)
    expect(keys).toEqual([TOKEN])
    close()
  })
})

it('answers with protobuf where that is asked for', async () => {
  const { session } = await model()
  const sampler = (await post('create_sampling_session', { session_id: session, sampling_session_seq_id: 0, base_model: 'fake' })).json.sampling_session_id
  const { json } = await post('asample', { sampling_session_id: sampler, num_samples: 1, prompt: { chunks: [{ type: 'encoded_text', tokens: [3] }] }, sampling_params: { max_tokens: 2, seed: 1, stop: [] } })
  const answer = await server.fetch(`${ADDRESS}/api/v1/retrieve_future`, { method: 'POST', headers: { 'x-api-key': TOKEN, accept: 'application/x-protobuf' }, body: JSON.stringify({ request_id: json.request_id }) })
  expect(decodeSample(new Uint8Array(await answer.arrayBuffer())).sequences[0]!.tokens).toHaveLength(2)
})
