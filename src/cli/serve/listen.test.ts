/** Clients that open connections and dawdle: cut off in time, while others are served. ETUDE_SLOW=1000 is the whole crowd with the real clocks. */
import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { listen, PATIENCE, type Patience } from './listen'

const CROWD = Number(process.env.ETUDE_SLOW ?? 0)
const patience: Patience = CROWD ? PATIENCE : { ...PATIENCE, headers: 400, body: 400, check: 50 }
const COUNT = CROWD || 40
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

let server: Awaited<ReturnType<typeof listen>> | undefined
afterEach(() => server?.close())

const head = 'POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n'
/** What each kind sends first, and then a byte of with each tick. */
const KINDS: Record<string, { first: string; drip: string }> = {
  'says nothing': { first: '', drip: '' },
  'headers without end': { first: head, drip: 'x' },
  'a body by the byte': { first: `${head}Content-Length: 10000\r\n\r\n`, drip: ' ' },
  'a body in endless pieces': { first: `${head}Transfer-Encoding: chunked\r\n\r\n`, drip: '1\r\nx\r\n' },
}

/** Milliseconds until the server cuts it off. */
function dawdle(port: number, { first, drip }: { first: string; drip: string }): Promise<number> {
  const since = performance.now()
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => {
      if (first) socket.write(first)
    })
    const tick = setInterval(() => drip && socket.writable && socket.write(drip), CROWD ? 1000 : 50)
    const never = setTimeout(() => reject(new Error('it is still connected')), 8 * (patience.headers + patience.body))
    socket.on('error', () => undefined)
    socket.on('data', () => undefined) // a 408 on the way out
    socket.on('close', () => {
      clearInterval(tick)
      clearTimeout(never)
      resolve(performance.now() - since)
    })
  })
}

it('cuts slow clients off, and serves the others meanwhile', async () => {
  let bodies = 0
  server = await listen(
    async (request) => {
      if (request.method === 'POST') bodies += (await request.text()).length
      return new Response('served')
    },
    '127.0.0.1',
    0,
    patience,
  )
  const { port } = server
  const before = process.memoryUsage().rss
  const crowd = Object.entries(KINDS).flatMap(([kind, what]) => Array.from({ length: COUNT / 4 }, async (_, i) => {
    await pause(4 * i) // a thousand at once overflow the system's own queue of connections
    return { kind, milliseconds: await dawdle(port, what) }
  }))
  let over = false
  const cut = Promise.all(crowd).finally(() => (over = true))
  const times: number[] = []
  while (!over) {
    const since = performance.now()
    const answer = await fetch(`http://127.0.0.1:${port}/`, times.length % 2 ? { method: 'POST', body: 'x'.repeat(1000) } : {})
    expect(await answer.text()).toBe('served')
    times.push(performance.now() - since)
    await pause(20)
  }
  const longest: Record<string, number> = {}
  const all = await cut
  for (const { kind, milliseconds } of all) longest[kind] = Math.max(longest[kind] ?? 0, Math.round(milliseconds))
  console.log(COUNT, 'slow clients, cut off after at most', longest, 'ms;', times.length, 'others served, at most', Math.round(Math.max(...times)), 'ms;',
    'memory +', Math.round((process.memoryUsage().rss - before) / 1e6), 'MB')
  const most = Math.max(patience.headers, patience.body) + 2 * patience.check + 2000
  for (const { kind, milliseconds } of all) {
    expect(milliseconds, kind).toBeLessThan(most)
    expect(milliseconds, kind).toBeGreaterThan(Math.min(patience.headers, patience.body) - 50)
  }
  expect(bodies).toBe(1000 * Math.floor(times.length / 2)) // of the slow ones none
}, 120_000)

it('waits for a body that is long and comes steadily, and for an answer that takes its time', async () => {
  server = await listen(async (request) => {
    const { length } = await request.text()
    await pause(900)
    return new Response(String(length))
  }, '127.0.0.1', 0, { ...PATIENCE, headers: 300, body: 100, rate: 1, check: 50 })
  const { port } = server
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${head}Connection: close\r\nContent-Length: 2000\r\n\r\n`)
      let sent = 0
      const timer = setInterval(() => {
        socket.write(' '.repeat(200))
        if ((sent += 200) === 2000) clearInterval(timer)
      }, 50)
    })
    let said = ''
    socket.setEncoding('utf8').on('data', (piece: string) => (said += piece)).on('error', reject).on('close', () => resolve(said))
  })
  expect(text).toMatch(/^HTTP\/1.1 200/)
  expect(text).toMatch(/2000\s*$/)
})
