/**
 * The wire of another server (SkyRL, TuFT, a hosted one) behind this one's address: its key stays here, its answers pass through. Heartbeats
 * go on from here while a page sleeps, for as long as its session may idle.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import type { Limits } from './limits'

/** What the wire has; nothing else is passed on. */
const PATHS = new RegExp(
  '^/api/v1/(healthz|client/(config|dynamic_config)|get_server_capabilities|create_session|session_heartbeat|create_model|get_info|unload_model' +
    '|forward_backward|optim_step|save_weights|load_weights|save_weights_for_sampler|create_sampling_session|asample|retrieve_future|weights_info' +
    '|telemetry|cancel_future|sessions/[\\w:-]+/finish|samplers/[\\w:-]+|training_runs/[\\w:-]+/checkpoints/[\\w/-]+)$',
)
const HEARTBEAT = 10_000

export interface UpstreamOptions {
  url: string
  key?: string | undefined
  limits: Pick<Limits, 'idle'>
  fetch?: typeof fetch
}

export function upstream({ url, key, limits, fetch: ask = fetch }: UpstreamOptions): { app: Hono; close: () => void } {
  const base = url.replace(/\/+$/, '')
  const app = new Hono()
  /** When each session's page was last heard of. */
  const sessions = new Map<string, number>()
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) }
  const beat = setInterval(() => {
    for (const [id, seen] of sessions) {
      if (Date.now() - seen > limits.idle) sessions.delete(id)
      else {
        const body = JSON.stringify({ type: 'session_heartbeat', session_id: id })
        void ask(`${base}/api/v1/session_heartbeat`, { method: 'POST', headers, body, signal: AbortSignal.timeout(HEARTBEAT) }).catch(() => undefined)
      }
    }
  }, HEARTBEAT)
  beat.unref()

  app.all('/api/*', async (c) => {
    if (!PATHS.test(c.req.path)) return c.json({ detail: 'there is no such endpoint' }, 404)
    const { method } = c.req
    const body = method === 'GET' || method === 'DELETE' ? undefined : await c.req.arrayBuffer()
    const passed: Record<string, string> = { ...(key !== undefined && { 'x-api-key': key }) }
    for (const name of ['accept', 'content-type', 'x-idempotency-key']) {
      const value = c.req.header(name)
      if (value !== undefined) passed[name] = value
    }
    let answer: Response
    try {
      answer = await ask(base + c.req.path, { method, headers: passed, ...(body && { body }), redirect: 'manual', signal: AbortSignal.timeout(330_000) })
    } catch {
      return c.json({ detail: 'the server behind this one does not answer' }, 502)
    }
    const bytes = await answer.arrayBuffer()
    if (answer.ok && c.req.path.endsWith('/create_session')) remember(bytes)
    if (answer.ok && c.req.path.endsWith('/session_heartbeat') && body) remember(body)
    const type = answer.headers.get('content-type') ?? 'application/json'
    // its redirects lead to addresses that the page cannot reach
    return new Response(answer.status === 204 ? null : bytes, { status: answer.status >= 300 && answer.status < 400 ? 502 : answer.status, headers: { 'content-type': type } })
  })

  const remember = (bytes: ArrayBuffer) => {
    try {
      const { data } = z.object({ session_id: z.string() }).safeParse(JSON.parse(new TextDecoder().decode(bytes)))
      if (data) sessions.set(data.session_id, Date.now())
    } catch {
      // not JSON: nothing to keep alive
    }
  }
  return { app, close: () => clearInterval(beat) }
}
