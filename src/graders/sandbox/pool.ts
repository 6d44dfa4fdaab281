/**
 * The workers of one language: one is warm while another works, a program that passes its limit loses its worker at once, and a new one
 * takes its place. How a worker is made is the surroundings' (node.ts, browser.ts).
 */
import type { Job, Reply, Result } from './protocol'
import { NAMES } from './protocol'
import { LIMITS, type Language, type Limits, type Outcome, type Program, type Sandbox } from './sandbox'

/** A worker that was started; its code answers on `port`. */
export interface Spawned {
  port: MessagePort
  /** Resolves with the reason when the worker ends by itself. */
  broken: Promise<string>
  terminate(): void
}
export type Spawn = (language: Language, snapshot: Uint8Array | undefined) => Promise<Spawned>

/** Workers of one language at the same time. */
const SIZE = 2
/** Seconds until an interpreter is there. */
const START = 60

export class WorkerSandbox implements Sandbox {
  private readonly pools = new Map<Language, Pool>()
  constructor(private readonly spawn: Spawn) {}

  async run(program: Program, limits: Limits = {}): Promise<Outcome> {
    const { language, source, call, args } = program
    let pool = this.pools.get(language)
    if (!pool) this.pools.set(language, (pool = new Pool(language, this.spawn)))
    const { seconds, output } = { ...LIMITS, ...limits }
    return pool.run({ source, call, args: JSON.stringify(args), seconds, output })
  }

  close(): Promise<void> {
    for (const pool of this.pools.values()) pool.close()
    this.pools.clear()
    return Promise.resolve()
  }
}

interface Waiting {
  resolve(worker: Warm): void
  reject(error: Error): void
}

class Pool {
  private idle: Warm[] = []
  private busy = new Set<Warm>()
  private starting = 0
  private waiting: Waiting[] = []
  private snapshot: Uint8Array | undefined
  private closed = false

  constructor(private readonly language: Language, private readonly spawn: Spawn) {}

  async run(job: Omit<Job, 'id'>): Promise<Outcome> {
    const worker = await this.take()
    this.busy.add(worker)
    const outcome = await worker.run(job)
    this.busy.delete(worker)
    if (worker.alive) this.offer(worker)
    else this.fill()
    return outcome
  }

  close(): void {
    this.closed = true
    for (const worker of [...this.idle, ...this.busy]) worker.end('the sandbox was closed')
    this.idle = []
    for (const { reject } of this.waiting.splice(0)) reject(new Error('The sandbox was closed.'))
  }

  private take(): Promise<Warm> {
    this.idle = this.idle.filter(({ alive }) => alive)
    const warm = this.idle.pop()
    if (warm) return Promise.resolve(warm)
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.fill()
    })
  }

  private offer(worker: Warm): void {
    if (this.closed) return worker.end('the sandbox was closed')
    const next = this.waiting.shift()
    if (next) next.resolve(worker)
    else this.idle.push(worker)
  }

  /** Starts a worker where one is missing. The second is started after the first, which may bring a snapshot for it. */
  private fill(): void {
    const running = this.idle.length + this.busy.size + this.starting
    if (this.closed || running >= SIZE || (this.starting > 0 && this.busy.size === 0)) return
    this.starting++
    this.start().then(
      (worker) => {
        this.starting--
        this.offer(worker)
        this.fill()
      },
      (error: unknown) => {
        this.starting--
        if (this.starting + this.busy.size > 0) return
        const reason = error instanceof Error ? error.message : String(error)
        for (const { reject } of this.waiting.splice(0)) reject(new Error(reason, { cause: error }))
      },
    )
  }

  private async start(): Promise<Warm> {
    const spawned = await this.spawn(this.language, this.snapshot)
    const worker = new Warm(spawned)
    const reply = await worker.ready(NAMES[this.language])
    this.snapshot ??= reply
    return worker
  }
}

/** One worker with its interpreter. */
class Warm {
  alive = true
  private jobs = 0
  private answer: ((reply: Reply) => void) | undefined
  private gone: (reason: string) => void = () => undefined

  constructor(private readonly spawned: Spawned) {
    spawned.port.onmessage = ({ data }: MessageEvent<Reply>) => this.answer?.(data)
    void spawned.broken.then((reason) => this.end(reason))
  }

  /** The snapshot that the interpreter took of itself, if it did. */
  ready(name: string): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(timer)
        this.end(reason)
        reject(new Error(`${name} does not start: ${reason}.`))
      }
      const timer = setTimeout(() => fail(`nothing came within ${START} s`), START * 1000)
      this.gone = fail
      this.answer = (reply) => {
        if ('broken' in reply) return fail(reply.broken)
        if (!('ready' in reply)) return
        clearTimeout(timer)
        this.gone = () => undefined
        resolve(reply.snapshot)
      }
    })
  }

  run(job: Omit<Job, 'id'>): Promise<Outcome> {
    const id = ++this.jobs
    const start = performance.now()
    return new Promise((resolve) => {
      const settle = (result: Result) => {
        clearTimeout(timer)
        this.answer = undefined
        this.gone = () => undefined
        if (result.spent) this.end('spent')
        resolve(outcome(result, (performance.now() - start) / 1000))
      }
      const stop = (kind: 'timeout' | 'crash', error: string) => {
        settle({ ok: false, kind, error, output: '', spent: true })
      }
      const timer = setTimeout(() => stop('timeout', timedOut(job.seconds)), job.seconds * 1000)
      this.gone = (reason) => stop('crash', `the program ended its worker: ${reason}`)
      this.answer = (reply) => {
        if ('id' in reply && reply.id === id) settle(reply.result)
      }
      this.spawned.port.postMessage({ id, ...job } satisfies Job)
    })
  }

  end(reason: string): void {
    if (!this.alive) return
    this.alive = false
    this.spawned.port.close()
    this.spawned.terminate()
    this.gone(reason)
  }
}

export function timedOut(seconds: number): string {
  return `stopped after ${seconds} s`
}

function outcome(result: Result, seconds: number): Outcome {
  if (!result.ok) {
    const { kind, error, output } = result
    return { ok: false, kind, error, output, seconds }
  }
  return { ok: true, value: 'number' in result ? result.number : JSON.parse(result.json), output: result.output, seconds }
}
