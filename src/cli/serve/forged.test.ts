/** Requests that are not meant well: none is served, and the server goes on. The seed of the random ones is printed. */
import { randomInt } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer, request as ask, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import { serverApp } from './app'
import { equal } from './guards'
import { LIMITS } from './limits'
import { pageFrom } from './page'
import { wireServer } from './routes'

const TOKEN = 'tml-0123456789abcdef'
const limits = { ...LIMITS, body: 1 << 16, sessions: 4 }
let server: Server
let port = 0
const lines: string[] = []
const wire = wireServer({ host: createFakeHost(), models: ['fake'], limits, alpha: 32, engines: 1 })

beforeAll(async () => {
  const app = serverApp({
    token: TOKEN,
    hosts: () => [`127.0.0.1:${port}`],
    origins: ['https://class.example'],
    limits,
    wire: wire.app,
    page: pageFrom(import.meta.dirname),
    log: (line) => lines.push(line),
  })
  const listener = getRequestListener((request) => app.fetch(request))
  server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await wire.close()
})

interface Sent {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

/** As it is: node's fetch would mend hosts, origins and paths. */
function send({ method = 'POST', path, headers = {}, body }: Sent): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const asking = ask({ port, host: '127.0.0.1', method, path, headers: { host: `127.0.0.1:${port}`, ...(body && { 'content-length': String(body.length) }), ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => (text += piece))
      answer.on('end', () => resolve({ status: answer.statusCode!, text, headers: answer.headers }))
    })
    asking.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve({ status: 413, text: '', headers: {} }) : reject(error)))
    asking.end(body)
  })
}

const good = { 'x-api-key': TOKEN, 'content-type': 'application/json' }
const json = (body: unknown) => JSON.stringify(body)
const PATHS = ['create_session', 'create_model', 'asample', 'forward_backward', 'optim_step', 'retrieve_future', 'save_weights', 'etude/snapshot']

/** Kinds of forgeries, each from a random number. */
const FORGERIES: Record<string, (n: number) => Sent> = {
  'no token': (n) => ({ path: `/api/v1/${PATHS[n % PATHS.length]!}`, headers: { 'content-type': 'application/json' }, body: '{}' }),
  'wrong token': (n) => ({ path: `/api/v1/${PATHS[n % PATHS.length]!}`, headers: { ...good, 'x-api-key': n % 2 ? TOKEN.slice(0, -1) + 'x' : `tml-${n}` }, body: '{}' }),
  'foreign page': (n) => ({ path: '/api/v1/create_session', headers: { ...good, origin: ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`, 'https://class.example.evil'][n % 4]! }, body: '{}' }),
  'wrong host': (n) => ({ path: n % 2 ? '/' : '/api/v1/create_session', method: n % 2 ? 'GET' : 'POST', headers: { ...good, host: ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port}.evil.example`][n % 4]! } }),
  traversal: (n) => ({
    method: 'GET',
    path: ['/../../package.json', '/..%2f..%2fpackage.json', '/%2e%2e/%2e%2e/package.json', '/api/v1/etude/files/fake/..%2fconfig.json', '/api/v1/etude/files/..%2f..%2fetc/passwd.json', '/....//etc/passwd', '/%00'][n % 7]!,
    headers: good,
  }),
  'checkpoint name': (n) => ({ path: '/api/v1/save_weights', headers: good, body: json({ model_id: 'x', seq_id: 1, path: ['../x', '/etc/x', 'a/b', '', '.', '%2e'][n % 6] }) }),
  'huge body': () => ({ path: '/api/v1/asample', headers: good, body: new Uint8Array(limits.body + 1).fill(32) }),
  'wrong JSON': (n) => ({ path: `/api/v1/${['create_model', 'asample', 'optim_step', 'retrieve_future'][n % 4]!}`, headers: good, body: ['{', '[]', '"x"', 'null', '{"model_id":{}}', '{"seq_id":1e999}', '\u0000', '{"__proto__":{"a":1}}'][n % 8]! }),
  'wrong protobuf': (n) => ({
    path: '/api/v1/forward_backward',
    headers: { ...good, 'content-type': n % 9 ? 'application/x-protobuf' : 'application/json' },
    body: Uint8Array.from({ length: 1 + (n % 300) }, (_, i) => (n * 31 + i * i * 7 + (i ^ n)) & 255),
  }),
  'unknown things': (n) => ({ path: `/api/v1/${['nope', 'etude/nope', 'samplers/x', 'training_runs/x/checkpoints/weights/y'][n % 4]!}`, method: n % 4 === 3 ? 'DELETE' : n % 4 === 2 ? 'GET' : 'POST', headers: good, ...(n % 4 < 2 && { body: '{}' }) }),
  'others’ models': (n) => ({ path: '/api/v1/create_model', headers: good, body: json({ session_id: String(n), model_seq_id: 0, base_model: ['/etc', '../..', 'owner/name', 'fake'][n % 4], lora_config: { rank: 4 } }) }),
}

describe('a thousand forged requests', () => {
  it('are all refused, in a sentence, and leave nothing behind', async () => {
    const seed = randomInt(2 ** 31)
    console.log(`seed ${seed}`)
    const kinds = Object.entries(FORGERIES)
    const counts: Record<string, number> = {}
    const one = async (i: number) => {
      const [kind, make] = kinds[i % kinds.length]!
      const { status, text } = await send(make((seed + i * 7919) % 1_000_003))
      counts[`${kind}: ${status}`] = (counts[`${kind}: ${status}`] ?? 0) + 1
      expect(status, kind).toBeGreaterThanOrEqual(400)
      expect(status, `${kind}: ${text}`).toBeLessThan(500)
      expect(text).not.toMatch(/\n\s+at |node_modules|\/src\//)
    }
    for (let i = 0; i < 1000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => one(i + j)))
    console.log(counts)
    expect(wire.counts()).toEqual({ sessions: 0, models: 0, waiting: 0, futures: 0 })
    expect(lines.join('\n')).not.toContain(TOKEN.slice(4))
    expect((await send({ path: '/api/v1/create_session', headers: good, body: '{}' })).status).toBe(200) // alive
  }, 60_000)

  it('while those of the page, of the SDK and of a page that is allowed are served', async () => {
    expect((await send({ method: 'GET', path: '/page.ts' })).status).toBe(200)
    const bearer = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
    expect((await send({ path: '/api/v1/create_session', headers: { ...bearer, origin: `http://127.0.0.1:${port}` }, body: '{}' })).status).toBe(200)
    const allowed = await send({ path: '/api/v1/create_session', headers: { ...good, origin: 'https://class.example' }, body: '{}' })
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([200, 'https://class.example'])
    const preflight = await send({ method: 'OPTIONS', path: '/api/v1/asample', headers: { origin: 'https://class.example' } })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, 'https://class.example'])
    const bare = await send({ path: '/api/v1/create_session', headers: { 'content-type': 'application/json', origin: 'https://class.example' }, body: '{}' })
    expect(bare.status).toBe(401)
  })

  it('bounds sessions', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await send({ path: '/api/v1/create_session', headers: good, body: '{}' })).status)
    expect(statuses.at(-1)).toBe(429)
  })
})

it('compares tokens whatever their lengths', () => {
  expect([equal('a', 'a'), equal('a', 'b'), equal('a', 'aa'), equal('', 'a')]).toEqual([true, false, false, false])
})
