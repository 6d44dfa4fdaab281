/** Our own extensions of the wire, below /etude (docs/remote.md). */
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { Core } from './core'
import { poster } from './json'
import { Refusal } from './limits'
import * as requests from './requests'
import type { Model } from './seats'
import { keepPublished, saveState } from './work'

/** Text files of a model. */
const FILE = /^[\w-]+\.(json|jinja|txt)$/

export function ownRoutes(api: Hono, { host, seats, queue, store, offered, train, replaceState }: Core): void {
  const post = poster(api)
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
}
