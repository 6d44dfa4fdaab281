/** Gradients, steps and checkpoints. */
import type { Hono } from 'hono'
import { decodeCall, encodeResult, type CallResult } from '../../policy/tinker/codec'
import type { Core } from './core'
import type { Result } from './futures'
import { poster, PROTOBUF, understood } from './json'
import { Refusal } from './limits'
import * as requests from './requests'
import type { Model } from './seats'
import { checkName } from './store'
import { checkCall, forwardBackward, saveState, step } from './work'

export function trainingRoutes(api: Hono, { limits, seats, queue, store, train, blank, addModel, replaceState }: Core): void {
  const post = poster(api)
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
    const request = train(model, body.seq_id, body, async () => {
      const made = await step(seats, model, body.adam_params, store.samplers.values())
      queue.rest()
      return { json: made }
    })
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
  post('/weights_info', requests.weightsInfo, ({ tinker_path: path }) => {
    const { base, adapter } = store.checkpoint(path)
    return { base_model: base, is_lora: true, lora_rank: adapter.rank, train_unembed: false, train_mlp: true, train_attn: true }
  })
  api.delete('/training_runs/:run/checkpoints/:kind/:name', (c) => {
    const { run, kind, name } = c.req.param()
    store.removeCheckpoint(`tinker://${run}/${kind}/${name}`)
    return c.body(null, 204)
  })
}

const resultOf = (result: CallResult): Result => ({
  protobuf: encodeResult(result),
  json: () => ({
    loss_fn_output_type: result.type,
    loss_fn_outputs: result.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, data]) => [name, { data, dtype: 'float32', shape: [data.length] }]))),
    metrics: result.metrics,
  }),
})
