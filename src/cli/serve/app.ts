/** The whole server as one function from requests to answers: guards first, then the wire, then the page. */
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { guardPlace, guardToken, type Guarded } from './guards'
import { Refusal, type Limits } from './limits'

export interface AppOptions extends Guarded {
  limits: Pick<Limits, 'body' | 'state'>
  /** What answers below /api. */
  wire: Hono
  /** The page's files, by their address. */
  page?: ((path: string) => Promise<Response | undefined>) | undefined
  log?: (line: string) => void
}

export function serverApp({ limits, wire, page, log, ...guarded }: AppOptions): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof Refusal) return c.json({ detail: error.message }, error.status)
    log?.(`a request failed: ${error.message.split('\n')[0] ?? ''}`)
    return c.json({ detail: 'the server could not do this; its log says why' }, 500)
  })
  app.use(async (c, next) => {
    await next()
    c.res.headers.set('x-content-type-options', 'nosniff')
    c.res.headers.set('referrer-policy', 'no-referrer')
    c.res.headers.set('cross-origin-resource-policy', 'same-origin')
    if (c.res.status >= 400) log?.(`${c.req.method} ${c.req.path.startsWith('/api/') ? '/api' : '/'} ${c.res.status}`)
  })
  app.use(guardPlace(guarded))
  app.use('/api/*', guardToken(guarded))
  const bounded = (bytes: number): MiddlewareHandler =>
    bodyLimit({
      maxSize: bytes,
      onError: () => {
        throw new Refusal(413, `a body may have ${bytes} bytes`)
      },
    })
  const [usual, state] = [bounded(limits.body), bounded(limits.state)]
  const body: MiddlewareHandler = (c, next) => (c.req.method === 'PUT' ? state : usual)(c, next)
  app.use('/api/*', body)
  app.route('/', wire)
  app.get('*', async (c) => {
    const found = c.req.path.startsWith('/api/') ? undefined : await page?.(c.req.path)
    return found ?? c.json({ detail: 'there is nothing at this address' }, 404)
  })
  return app
}
