/** Sessions, and the models in them. */
import type { Hono } from 'hono'
import { z } from 'zod'
import { LORA_TARGETS, type PolicyInfo } from '../../policy/policy'
import type { Core } from './core'
import { poster } from './json'
import { Refusal } from './limits'
import * as requests from './requests'
import type { Model } from './seats'

export function sessionRoutes(api: Hono, { models, limits, alpha, seats, store, describe, offered, begin, blank, addModel }: Core): void {
  const post = poster(api)
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
}
