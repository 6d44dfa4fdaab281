/** The Tinker wire over any host: what SDK 0.38 needs of a server (and 0.25, which needs less), and our own extensions. */
import { Hono } from 'hono'
import { createCore, type WireServerOptions } from './core'
import { Refusal } from './limits'
import { ownRoutes } from './routes-own'
import { samplingRoutes } from './routes-sampling'
import { sessionRoutes } from './routes-session'
import { trainingRoutes } from './routes-training'

export interface WireServer {
  app: Hono
  close: () => Promise<void>
  counts(): { sessions: number; models: number; waiting: number; futures: number }
}

export function wireServer(options: WireServerOptions): WireServer {
  const core = createCore(options)
  const api = new Hono()
  sessionRoutes(api, core)
  trainingRoutes(api, core)
  samplingRoutes(api, core)
  ownRoutes(api, core)
  api.all('*', () => {
    throw new Refusal(404, 'there is no such endpoint')
  })
  const app = new Hono().route('/api/v1', api)
  return { app, close: core.close, counts: () => ({ ...core.store.counts, waiting: core.queue.length, futures: core.futures.size }) }
}
