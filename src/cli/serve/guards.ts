/**
 * What every request passes before anything is done with it: the Host that it was sent to (against DNS rebinding), the page that it comes
 * from, the token. Nothing of a request is written into the log but its method, the known part of its path, and the answer's status.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { Refusal } from './limits'

/** The Tinker SDK takes keys that begin so. */
export const createToken = () => `tml-${randomBytes(32).toString('hex')}`

const digest = (text: string) => createHash('sha256').update(text).digest()

/** In a time that says nothing of how far they agree. */
export const equal = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

export interface Guarded {
  token: string
  /** Names and addresses, with their port, under which this server is reached. */
  hosts: () => readonly string[]
  /** Other pages that may ask. */
  origins: readonly string[]
}

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers': 'authorization, content-type, x-api-key',
  'access-control-max-age': '600',
}

/** Host and Origin, of pages and requests alike. */
export function guardPlace({ hosts, origins }: Guarded): MiddlewareHandler {
  return async (c, next) => {
    const host = (c.req.header('host') ?? '').toLowerCase()
    if (!hosts().includes(host)) throw new Refusal(403, 'this server is not known by that name')
    const origin = c.req.header('origin')?.toLowerCase()
    const same = origin === `http://${host}` || origin === `https://${host}`
    if (origin !== undefined && !same && !origins.includes(origin)) throw new Refusal(403, 'requests from that page are not taken')
    const answered = origin !== undefined && !same
    if (answered && c.req.method === 'OPTIONS') {
      return c.body(null, 204, { ...PREFLIGHT, 'access-control-allow-origin': origin, vary: 'origin' })
    }
    await next()
    if (answered) {
      c.res.headers.set('access-control-allow-origin', origin)
      c.res.headers.append('vary', 'origin')
    }
  }
}

/** The token, as X-API-Key or as a bearer's. */
export function guardToken({ token }: Pick<Guarded, 'token'>): MiddlewareHandler {
  return async (c, next) => {
    const given = c.req.header('x-api-key') ?? c.req.header('authorization')?.replace(/^Bearer /, '')
    if (given === undefined) throw new Refusal(401, 'the token is missing; it is in the address that the server printed')
    if (!equal(given, token)) throw new Refusal(401, 'the token is wrong; it is in the address that the server printed')
    await next()
  }
}
