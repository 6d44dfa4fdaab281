/** A run on a server that fails in every way: the line drops before and after requests, errors, a process that is killed, a client that sleeps. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import type { Host } from '../../policy/host'
import { tinkerHost } from '../../policy/tinker/host'
import { parseSpec } from '../../runs/spec'
import { createSteadyRun, type SteadyListeners } from '../../runs/steady-run'
import { ADDRESS, bentPolicy, testServer, TOKEN, type TestServer } from './server.fixture'

const STEPS = 4
const spec = parseSpec({
  model: 'fake',
  steps: STEPS,
  evaluation: { every: 2, problems: 6 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 4, max_completion_length: 22, beta: 0.04, reference: 'start', learning_rate: 1e-3 },
  seed: 3,
})

async function play(host: Host, listeners: SteadyListeners = {}) {
  const run = createSteadyRun(spec, host, listeners)
  run.play()
  await run.done
  const { reports } = run
  await run.close()
  return reports.map(({ step, metrics: { loss, grad_norm: norm }, groups }) => ({
    step,
    numbers: [loss, norm].map((number) => number!.toFixed(4)), // of log-probs that travelled as f32
    texts: groups.map(({ completions }) => completions.map(({ text }) => text)),
  }))
}

let server: TestServer | undefined
let child: ChildProcess | undefined
afterEach(async () => {
  child?.kill('SIGKILL')
  await server?.close()
  server = child = undefined
})

/** Repeatable numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const dropped = () => new TypeError('fetch failed')
const late = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError')
/** Of a request: how it fails, and whether the server has carried it out by then. */
const FAULTS: [name: string, share: number, carriedOut: boolean, fail: () => Response][] = [
  ['line lost on the way there', 0.08, false, () => { throw dropped() }],
  ['line lost on the way back', 0.08, true, () => { throw dropped() }],
  ['too late, not carried out', 0.04, false, () => { throw late() }],
  ['too late, carried out', 0.04, true, () => { throw late() }],
  ['500', 0.03, false, () => new Response('{"detail":"x"}', { status: 500 })],
  ['502 of a proxy, carried out', 0.04, true, () => new Response('<html>', { status: 502 })],
  ['429', 0.03, false, () => new Response('{"detail":"later"}', { status: 429 })],
]

describe('a run on a server', () => {
  it('is the same run though a third of all requests fails, and no step is made twice', async () => {
    const seed = randomInt(2 ** 31)
    console.log(`seed ${seed}`)
    const random = numbers(seed)
    const fake = createFakeHost()
    let steps = 0
    const host: Host = {
      ...fake,
      async open(options) {
        const policy = await fake.open(options)
        return bentPolicy(policy, { step: (adamw) => (steps++, policy.step(adamw)) })
      },
    }
    const { fetch } = (server = testServer(host))
    const counts: Record<string, number> = {}
    const shaky: typeof fetch = async (input, init) => {
      let at = random()
      const fault = FAULTS.find(([, share]) => (at -= share) < 0)
      const name = fault?.[0] ?? 'well'
      counts[name] = (counts[name] ?? 0) + 1
      if (!fault) return fetch(input, init)
      if (fault[2]) await (await fetch(input, init)).arrayBuffer()
      return fault[3]()
    }
    const why: string[] = []
    const there = await play(tinkerHost({ url: ADDRESS, key: TOKEN, fetch: shaky, pause: () => Promise.resolve() }), { rewound: (_, __, reason) => why.push(reason) })
    console.log(counts)
    expect(why).toEqual([])
    expect(steps).toBe(STEPS)
    expect(there).toEqual(await play(createFakeHost()))
  })

  it('goes on when its process is killed in the middle of a step and another starts at the same address', async () => {
    const start = async (port: number): Promise<number> => {
      const load = `import { createServer } from 'vite'
        const vite = await createServer({ configFile: false, logLevel: 'error', appType: 'custom', server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true, include: [] }, cacheDir: 'node_modules/.vite-killed' })
        await (await vite.ssrLoadModule('/src/cli/serve/killed.fixture.ts')).serveFake('${TOKEN}', ${port}, 5)`
      child = spawn(process.execPath, ['--input-type=module', '-e', load], { stdio: ['ignore', 'pipe', 'inherit'] })
      for await (const piece of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
        const said = /port (\d+)/.exec(piece)
        if (said) return Number(said[1])
      }
      throw new Error('the server did not start')
    }
    const port = await start(0)
    let killed = 0
    let gone = 0
    const why: string[] = []
    const there = await play(tinkerHost({ url: `http://127.0.0.1:${port}`, key: TOKEN }), {
      report({ step }) {
        if (step !== 2 || killed > 0) return
        setTimeout(() => {
          child!.kill('SIGKILL')
          killed = performance.now()
          void start(port)
        }, 40) // in the middle of what comes next
      },
      rewound(_, __, reason) {
        gone = performance.now() - killed
        why.push(reason)
      },
    })
    console.log(why, `after ${(gone / 1000).toFixed(1)} s`)
    expect(why).toHaveLength(1)
    expect(there).toEqual(await play(createFakeHost()))
  })

  it('goes on after a sleep in which the server has ended its session', async () => {
    const { fetch } = (server = testServer(createFakeHost(), { idle: 1200 }))
    let asleep: Promise<void> | undefined
    const host = tinkerHost({
      url: ADDRESS,
      key: TOKEN,
      fetch: async (input, init) => {
        await asleep // no request, no heartbeat
        return fetch(input, init)
      },
    })
    const why: string[] = []
    const there = await play(host, {
      report({ step }) {
        if (step === 2) asleep ??= new Promise((wake) => setTimeout(wake, 3000))
      },
      rewound: (_, __, reason) => why.push(reason),
    })
    console.log(why)
    expect(why).toHaveLength(1)
    expect(there).toEqual(await play(createFakeHost()))
  })
})
