/** The Tinker wire over any host: what SDK 0.38 needs of a server (and 0.25, which needs less), and our own extensions below /etude. */
import { createHash } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { LORA_TARGETS, type PolicyInfo } from '../../policy/policy'
import type { Host, ModelDescription } from '../../policy/host'
import { decodeCall, encodeResult, encodeSample, type CallResult, type SampleResult } from '../../policy/tinker/codec'
import { Futures, type Result } from './futures'
import { Refusal, type Limits } from './limits'
import { FairQueue } from './queue'
import * as requests from './requests'
import { Seats, type Model } from './seats'
import { checkName, Store } from './store'
import { checkCall, forwardBackward, keepPublished, sample, saveState, step } from './work'

export interface WireServerOptions {
  host: Host
  /** Names of the models that are offered; nothing else is ever opened. */
  models: readonly string[]
  limits: Limits
  /** LoRA's alpha for clients that cannot say it, as the wire has no field for it. */
  alpha: number
  /** Engines that are open at a time. */
  engines: number
}

const PROTOBUF = 'application/x-protobuf'
/** Text files of a model. */
const FILE = /^[\w-]+\.(json|jinja|txt)$/
/** Training requests of a model that are remembered for repeats. */
const REMEMBERED = 256

export interface WireServer {
  app: Hono
  close(): Promise<void>
  counts(): { sessions: number; models: number; waiting: number; futures: number }
}

export function wireServer({ host, models, limits, alpha, engines }: WireServerOptions): WireServer {
  const app = new Hono()
  const seats = new Seats(host, engines)
  const queue = new FairQueue(limits)
  const futures = new Futures(limits)
  const store = new Store(limits, (session, gone) => {
    futures.end(session)
    for (const model of gone) seats.leave(model)
  })
  const sweeper = setInterval(() => store.sweep(), Math.min(10_000, limits.idle))
  sweeper.unref()

  const described = new Map<string, Promise<ModelDescription>>()
  const describe = (name: string) => {
    const known = described.get(name) ?? host.describe(name)
    described.set(name, known)
    known.catch(() => described.delete(name))
    return known
  }
  const offered = (name: string): string => {
    if (!models.includes(name)) throw new Refusal(404, `there is no model of that name here; there are: ${models.join(', ')}`)
    return name
  }

  /** Work of a session that is asked for later. */
  const begin = (session: string, work: (signal: AbortSignal) => Promise<Result>): string =>
    futures.add(session, async (signal) => {
      try {
        return await queue.add(session, () => work(signal), signal)
      } catch (error) {
        if ((error as Error).name === 'DeviceLost') await seats.abandon()
        throw error
      }
    })
  /** A training request: taken once for each number; a repeat gets the same future, another request of that number is refused. */
  const train = (model: Model, seq: number, body: Uint8Array | object, work: (signal: AbortSignal) => Promise<Result>): string => {
    const digest = createHash('sha256').update(body instanceof Uint8Array ? body : JSON.stringify(body)).digest('hex')
    const known = model.taken.get(seq)
    if (known?.digest === digest) return known.request
    const highest = Math.max(0, ...model.taken.keys())
    if (seq <= highest) throw new Refusal(400, `seq_id ${seq} has been used, the last is ${highest}; count on from there`)
    const request = begin(model.session, work)
    model.taken.set(seq, { digest, request })
    if (model.taken.size > REMEMBERED) model.taken.delete(model.taken.keys().next().value!)
    return request
  }
  const blank = (session: string, id: string, base: string, adapter: Partial<Model['adapter']>): Model => ({
    id,
    session,
    base,
    adapter: { rank: 8, alpha, targets: [...LORA_TARGETS], seed: 0, ...adapter },
    valueHead: false,
    pending: [],
    version: 0,
    kept: new Map(),
    restart: false,
    taken: new Map(),
    own: false,
  })
  const addModel = (session: string, seq: number, model: Model, work: () => Promise<Result>): { request_id: string; model_id: string } => {
    const { models: made } = store.session(session)
    const known = made.get(seq)
    if (known) return { request_id: known.request, model_id: known.id }
    if (store.modelsOf(session).length >= limits.models) throw new Refusal(429, `a session has at most ${limits.models} models; unload one`)
    store.models.set(model.id, model)
    const request = begin(session, work)
    made.set(seq, { request, id: model.id })
    return { request_id: request, model_id: model.id }
  }
  const replaceState = (model: Model, state: Uint8Array) => {
    seats.leave(model)
    model.state = state
    model.pending = []
    model.pass = undefined
    model.kept.clear() // they were in the state that is gone
  }

  const api = new Hono()
  const post = <T>(path: string, shape: z.ZodType<T>, answer: (body: T, c: Context) => object | Promise<object>) =>
    api.post(path, async (c) => c.json(await answer(await readJson(c, shape), c)))

  api.get('/healthz', (c) => c.json({ status: 'ok' }))
  post('/client/config', z.object({}), () => ({ etude: 1 }))
  post('/client/dynamic_config', z.object({}), () => ({ refresh_interval_sec: 300 }))
  post('/telemetry', z.object({}), () => ({ status: 'accepted' }))
  api.get('/get_server_capabilities', async (c) => {
    const all = await Promise.all(models.map(async (name) => [name, await describe(name)] as const))
    return c.json({ supported_models: all.map(([name, etude]) => ({ model_name: name, max_context_length: etude.contextLength, etude: { ...etude, id: name } })) })
  })
  post('/create_session', z.object({}), () => ({ session_id: store.createSession(), type: 'create_session' }))
  post('/session_heartbeat', requests.sessionId, ({ session_id: id }) => {
    store.session(id)
    return { type: 'session_heartbeat' }
  })
  post('/sessions/:id/finish', z.object({}), (_, c) => {
    store.session(c.req.param('id')!)
    store.end(c.req.param('id')!)
    return {}
  })

  post('/create_model', requests.createModel, ({ session_id: session, model_seq_id: seq, base_model: base, lora_config: { rank, seed }, etude = {} }) => {
    offered(base)
    if (rank > limits.rank) throw new Refusal(400, `rank ${rank} is more than this server takes (${limits.rank})`)
    const id = `${store.session(session).id}:train:${seq}`
    const adapter = { rank, seed: seed ?? 0, alpha: etude.alpha ?? alpha, targets: etude.targets ?? [...LORA_TARGETS] }
    const start = etude.start && Object.fromEntries(Object.entries(etude.start).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, 'base64'))]))
    const model: Model = { ...blank(session, id, base, adapter), valueHead: etude.value_head ?? false, start, own: etude.alpha !== undefined }
    return addModel(session, seq, model, async () => {
      try {
        await seats.sit(model)
      } catch (error) {
        store.removeModel(model)
        throw error
      }
      return { json: { model_id: id, type: 'create_model' } }
    })
  })
  post('/get_info', requests.modelId, async ({ model_id: id }) => {
    const { base, adapter, info } = store.model(id)
    const { family } = await describe(base)
    return {
      type: 'get_info',
      model_id: id,
      model_data: { arch: family, model_name: base, tokenizer_id: base },
      is_lora: true,
      lora_rank: adapter.rank,
      model_name: base,
      ...(info && { etude: { ...info, model: base, can: { ...info.can, inspect: false } } satisfies PolicyInfo }),
    }
  })
  post('/unload_model', requests.modelId, ({ model_id: id }) => {
    const model = store.model(id)
    const request = begin(model.session, () => {
      seats.leave(model)
      return Promise.resolve({ json: { model_id: id, type: 'unload_model' } })
    })
    store.removeModel(model)
    return { request_id: request, model_id: id }
  })

  api.post('/forward_backward', async (c) => {
    if (!c.req.header('content-type')?.startsWith(PROTOBUF)) throw new Refusal(415, `forward_backward is taken as ${PROTOBUF} alone`)
    if (c.req.header('content-encoding')) throw new Refusal(415, 'compressed bodies are not taken')
    const body = new Uint8Array(await c.req.arrayBuffer())
    const call = understood(() => decodeCall(body))
    const model = store.model(call.model)
    checkCall(call, limits)
    const request = train(model, call.seq, body, async () => resultOf(await forwardBackward(seats, model, call)))
    return c.json({ request_id: request, model_id: model.id })
  })
  post('/optim_step', requests.optimStep, (body) => {
    const model = store.model(body.model_id)
    const request = train(model, body.seq_id, body, async () => ({ json: await step(seats, model, body.adam_params, store.samplers.values()) }))
    return { request_id: request, model_id: model.id }
  })
  post('/save_weights', requests.saveWeights, (body) => {
    const model = store.model(body.model_id)
    const path = `tinker://${model.id}/weights/${checkName(body.path ?? `step-${body.seq_id}`)}`
    if (store.hasCheckpoint(path) && !body.overwrite && !model.taken.has(body.seq_id)) throw new Refusal(400, 'a checkpoint of that name is there already; choose another name')
    const { base, adapter, valueHead } = model
    const request = train(model, body.seq_id, body, async () => {
      store.addCheckpoint({ path, base, adapter, valueHead, state: await saveState(seats, model) })
      return { json: { path, type: 'save_weights' } }
    })
    return { request_id: request, model_id: model.id }
  })
  post('/load_weights', requests.loadWeights, (body) => {
    const { path, optimizer } = body
    if ('model_id' in body) {
      const model = store.model(body.model_id)
      const { state, adapter } = store.checkpoint(path)
      if (adapter.rank !== model.adapter.rank || adapter.alpha !== model.adapter.alpha) throw new Refusal(400, `the checkpoint has rank ${adapter.rank} and alpha ${adapter.alpha}`)
      const request = train(model, body.seq_id, body, async () => {
        replaceState(model, state)
        model.restart = !optimizer
        await seats.sit(model)
        return { json: { path, model_id: model.id, type: 'load_weights' } }
      })
      return { request_id: request, model_id: model.id }
    }
    const { session_id: session, model_seq_id: seq } = body
    const { base, adapter, valueHead, state } = store.checkpoint(path)
    const model: Model = { ...blank(session, `${session}:train:${seq}`, base, adapter), valueHead, state, restart: !optimizer }
    return addModel(session, seq, model, async () => {
      await seats.sit(model)
      return { json: { path, model_id: model.id, type: 'load_weights' } }
    })
  })
  post('/save_weights_for_sampler', requests.saveForSampler, (body) => {
    const model = store.model(body.model_id)
    const { path: name, sampling_session_seq_id: number } = body
    const path = name == null ? null : `tinker://${model.id}/sampler_weights/${checkName(name)}`
    if (path === null && number == null) throw new Refusal(422, 'give path or sampling_session_seq_id')
    const { base, adapter, valueHead } = model
    const request = train(model, body.seq_id, body, async () => {
      const of = { model, version: model.version }
      if (path !== null) {
        store.addCheckpoint({ path, base, adapter, valueHead, state: await saveState(seats, model) })
        store.published.set(path, of)
        return { json: { path, type: 'save_weights_for_sampler' } }
      }
      const sampler = store.addSampler(model.session, number!, { base, of })
      return { json: { path: null, sampling_session_id: sampler, type: 'save_weights_for_sampler' } }
    })
    return { request_id: request, model_id: model.id }
  })
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
  post('/weights_info', requests.weightsInfo, ({ tinker_path: path }) => {
    const { base, adapter } = store.checkpoint(path)
    return { base_model: base, is_lora: true, lora_rank: adapter.rank, train_unembed: false, train_mlp: true, train_attn: true }
  })
  api.delete('/training_runs/:run/checkpoints/:kind/:name', (c) => {
    const { run, kind, name } = c.req.param()
    store.removeCheckpoint(`tinker://${run}/${kind}/${name}`)
    return c.body(null, 204)
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

  // Extensions: docs/remote.md
  api.get('/etude/files/:model/:file', async (c) => {
    const { model, file } = c.req.param()
    if (!FILE.test(file)) throw new Refusal(404, 'only text files of a model are handed out')
    const text = await host.file(offered(model), file).catch(() => {
      throw new Refusal(404, 'the model has no such file')
    })
    return c.text(text)
  })
  api.get('/etude/models/:id/state', async (c) => {
    const model = store.model(c.req.param('id'))
    return c.body(new Uint8Array(await queue.add(model.session, () => saveState(seats, model))), 200, { 'content-type': 'application/octet-stream' })
  })
  api.put('/etude/models/:id/state', async (c) => {
    const model = store.model(c.req.param('id'))
    const state = new Uint8Array(await c.req.arrayBuffer())
    await queue.add(model.session, async () => {
      const before = await saveState(seats, model)
      replaceState(model, state)
      try {
        await seats.sit(model)
      } catch (error) {
        replaceState(model, before)
        throw new Refusal(422, (error as Error).message.split('\n')[0] ?? '')
      }
    })
    return c.json({})
  })
  api.get('/etude/models/:id/adapter', async (c) => {
    const model = store.model(c.req.param('id'))
    const files = await queue.add(model.session, async () => (await seats.sit(model)).exportAdapter())
    return c.json(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])))
  })
  const extra = <T extends { model_id: string; seq_id: number }>(what: string, shape: z.ZodType<T>, work: (model: Model, body: T) => Promise<void>) =>
    post(`/etude/${what}`, shape, (body) => {
      const model = store.model(body.model_id)
      const request = train(model, body.seq_id, body, async () => {
        await work(model, body)
        return { json: { type: what } }
      })
      return { request_id: request, model_id: model.id }
    })
  extra('snapshot', requests.named, async (model, { name }) => (await seats.sit(model)).snapshot(name))
  extra('drop', requests.named, async (model, { name }) => (await seats.sit(model)).drop(name))
  extra('renew', requests.renew, async (model) => {
    const policy = await seats.sit(model)
    await keepPublished(policy, model, store.samplers.values())
    await policy.renew()
    model.pending = []
    model.pass = undefined
    model.version++
  })

  api.all('*', () => {
    throw new Refusal(404, 'there is no such endpoint')
  })
  app.route('/api/v1', api)
  return {
    app,
    async close() {
      clearInterval(sweeper)
      await seats.close()
    },
    counts: () => ({ ...store.counts, waiting: queue.length, futures: futures.size }),
  }
}

const resultOf = (result: CallResult): Result => ({
  protobuf: encodeResult(result),
  json: () => ({
    loss_fn_output_type: result.type,
    loss_fn_outputs: result.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, data]) => [name, { data, dtype: 'float32', shape: [data.length] }]))),
    metrics: result.metrics,
  }),
})

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

function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(422, `the body cannot be read: ${(error as Error).message.split('\n')[0] ?? ''}`)
  }
}

async function readJson<T>(c: Context, shape: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  const json = understood(() => (text === '' ? {} : JSON.parse(text)) as unknown)
  const { data, error } = shape.safeParse(json)
  if (error) {
    const [issue] = error.issues
    throw new Refusal(422, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.slice(0, 300))
  }
  return data
}
