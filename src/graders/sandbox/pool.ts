/**
 * The workers of a sandbox. A program that passes its limit loses its worker at once; a fresh one is always in reserve and takes its place.
 * How a worker is made is the surroundings' (node.ts, browser.ts).
 */
import type { Job } from './protocol'
import { LIMITS, type Language, type Limits, type Outcome, type Program, type Sandbox } from './sandbox'
import { Warm, type Spawned } from './warm'

export type Spawn = (language: Language, snapshot: Uint8Array | undefined) => Promise<Spawned>

/** Programs of one language that run at the same time; of CPython, of one source. */
const SIZE: Record<Language, number> = { micropython: 2, javascript: 2, python: 1 }
/** Sources whose CPython is kept for their next call. */
const KEPT = 4

export class WorkerSandbox implements Sandbox {
  private readonly pools = new Map<string, Pool>()
  private readonly reserve = new Map<Language, Promise<Warm>>()
  private readonly snapshots = new Map<Language, Uint8Array>()
  private closings = 0
  constructor(private readonly spawn: Spawn) {}

  async run({ language, source, call, args }: Program, limits: Limits = {}): Promise<Outcome> {
    const { seconds, output } = { ...LIMITS, ...limits }
    return this.pool(language, source).run({ source, call, args: JSON.stringify(args), seconds, output })
  }

  close(): Promise<void> {
    this.closings++
    for (const pool of this.pools.values()) pool.close()
    for (const spare of this.reserve.values()) spare.then((worker) => worker.end('the sandbox was closed'), () => undefined)
    this.pools.clear()
    this.reserve.clear()
    return Promise.resolve()
  }

  /** MicroPython and QuickJS forget a program after it ran; CPython does not, so each source has its own. */
  private pool(language: Language, source: string): Pool {
    const key = language === 'python' ? `python ${source}` : language
    const pool = this.pools.get(key) ?? new Pool(SIZE[language], () => this.fresh(language))
    this.pools.delete(key)
    this.pools.set(key, pool) // the last in use is the last
    for (const [old, unused] of this.pools) {
      if (this.pools.size <= KEPT) break
      if (unused.resting) {
        unused.close()
        this.pools.delete(old)
      }
    }
    return pool
  }

  /** A worker that ran nothing yet. */
  private async fresh(language: Language): Promise<Warm> {
    const { closings } = this
    const spare = this.reserve.get(language)
    this.reserve.delete(language)
    const kept = await spare?.catch(() => undefined)
    const worker = kept?.alive ? kept : await this.start(language)
    if (!this.reserve.has(language) && closings === this.closings) {
      const next = this.start(language)
      next.catch(() => this.reserve.delete(language))
      this.reserve.set(language, next)
    }
    return worker
  }

  private async start(language: Language): Promise<Warm> {
    const worker = new Warm(await this.spawn(language, this.snapshots.get(language)))
    const snapshot = await worker.ready(language)
    if (snapshot) this.snapshots.set(language, snapshot)
    return worker
  }
}

interface Waiting {
  resolve: (worker: Warm) => void
  reject: (error: Error) => void
}

class Pool {
  private idle: Warm[] = []
  private busy = new Set<Warm>()
  private starting = 0
  private waiting: Waiting[] = []
  private closed = false

  constructor(private readonly size: number, private readonly fresh: () => Promise<Warm>) {}

  get resting(): boolean {
    return this.busy.size + this.starting + this.waiting.length === 0
  }

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

  /** Gets workers for the programs that wait, as far as there may be more. */
  private fill(): void {
    while (!this.closed && this.starting < this.waiting.length && this.busy.size + this.starting < this.size) {
      this.starting++
      this.fresh().then(
        (worker) => {
          this.starting--
          this.offer(worker)
        },
        (error: unknown) => {
          this.starting--
          if (this.starting + this.busy.size > 0) return
          for (const { reject } of this.waiting.splice(0)) reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    }
  }
}
