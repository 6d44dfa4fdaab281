/** Samplers, samples, and the results of all work. */
import type { Hono } from 'hono'
import { encodeSample, type SampleResult } from '../../policy/tinker/codec'
import { REMEMBERED, type Core } from './core'
import type { Result } from './futures'
import { poster, PROTOBUF, readJson } from './json'
import { Refusal } from './limits'
import * as requests from './requests'
import type { Model } from './seats'
import { sample } from './work'

export function samplingRoutes(api: Hono, { limits, seats, queue, store, futures, offered, begin, blank }: Core): void {
  const post = poster(api)
  post('/create_sampling_session', requests.createSampler, ({ session_id: session, sampling_session_seq_id: seq, base_model: base, model_path: path }) => {
    if (path == null) return { type: 'create_sampling_session', sampling_session_id: store.addSampler(session, seq, { base: offered(base!) }) }
    const { base: of, adapter, valueHead, state } = store.checkpoint(path)
    const saved: Model = { ...blank(session, path, of, adapter), valueHead, state }
    const living = store.published.get(path)
    const sampler = store.addSampler(session, seq, { base: of, path, saved, ...(living && { of: living }) })
    return { type: 'create_sampling_session', sampling_session_id: sampler }
  })
  api.get('/samplers/:id', (c) => {
    const { id, base, path } = store.sampler(c.req.param('id'))
    return c.json({ sampler_id: id, base_model: base, model_path: path ?? null })
  })
  post('/asample', requests.asample, (body) => {
    const sampler = store.sampler(body.sampling_session_id)
    const { asked } = store.session(sampler.session)
    const key = body.seq_id == null ? undefined : `${sampler.id}/${body.seq_id}`
    const known = key === undefined ? undefined : asked.get(key)
    if (known) return { request_id: known.request, sample_sequence_ids: known.sequences }
    const { max_tokens: maxTokens = limits.tokens, temperature, top_k: topK, top_p: topP, stop, seed } = body.sampling_params
    const prompts = body.etude?.prompts ?? [body.prompt.chunks.flatMap(({ tokens }) => tokens)]
    const n = body.num_samples
    if (prompts.some((prompt) => prompt.length === 0)) throw new Refusal(422, 'a prompt is empty')
    if (prompts.length * n > limits.rows) throw new Refusal(413, `${prompts.length * n} samples in one request; at most ${limits.rows} are taken`)
    const request = begin(sampler.session, async (signal) => {
      const result = await sample(
        seats,
        sampler,
        {
          prompts,
          n,
          maxTokens: maxTokens ?? limits.tokens,
          temperature,
          ...(topK > 0 && { topK }),
          ...(topP < 1 && { topP }),
          ...(body.etude?.min_p !== undefined && { minP: body.etude.min_p }),
          ...(stop && { stop: stop as number[] }),
          key: body.etude ? definedKey(body.etude.key) : { seed: seed ?? Math.floor(Math.random() * 2 ** 31), purpose: 'rollout', step: 0 },
          adapter: body.etude?.adapter,
          promptLogprobs: body.prompt_logprobs === true,
          signal,
        },
        (base) => blank(sampler.session, '', base, {}),
      )
      queue.rest()
      return sampleOf(result)
    })
    const sequences = Array.from({ length: prompts.length * n }, (_, i) => `${sampler.id}/${body.seq_id ?? 0}/${i}`)
    if (key !== undefined) {
      asked.set(key, { request, sequences })
      if (asked.size > REMEMBERED) asked.delete(asked.keys().next().value!)
    }
    return { request_id: request, sample_sequence_ids: sequences }
  })
  api.post('/retrieve_future', async (c) => {
    const { request_id: id } = await readJson(c, requests.requestId)
    try {
      const result = await futures.ask(id)
      if (!result) return c.json({ type: 'try_again', request_id: id, queue_state: 'active' })
      const binary = 'protobuf' in result && (c.req.header('accept')?.includes(PROTOBUF) ?? false)
      if (binary) return c.body(new Uint8Array(result.protobuf), 200, { 'content-type': PROTOBUF })
      return c.json('protobuf' in result ? result.json() : result.json)
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) throw error
      const { message, name } = error as Error
      const theirs = error instanceof Refusal || name === 'AbortError'
      return c.json({ error: message.split('\n')[0] ?? '', category: theirs ? 'user' : 'server' })
    }
  })
  post('/cancel_future', requests.requestId, ({ request_id: id }) => {
    futures.cancel(id)
    return {}
  })
}

const sampleOf = (result: SampleResult): Result => ({
  protobuf: encodeSample(result),
  json: () => ({
    type: 'sample',
    sequences: result.sequences.map(({ stop, tokens, logprobs }) => ({ stop_reason: stop, tokens, logprobs })),
    prompt_logprobs: result.promptLogprobs?.map((lp) => (Number.isNaN(lp) ? null : lp)) ?? null,
  }),
})

/** Without the keys that are undefined. */
function definedKey<T extends object>(key: T) {
  return Object.fromEntries(Object.entries(key).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
}
