/** A worker with its interpreter, as who gives it programs sees it: one at a time, each with its limit. */
import { NAMES, readResult, type Job, type Reply, type Result } from './protocol'
import type { Language, Outcome } from './sandbox'

/** A worker that was started; its code answers on `port`. */
export interface Spawned {
  port: MessagePort
  /** Resolves with the reason when the worker ends by itself. */
  broken: Promise<string>
  terminate(): void
}

/** Seconds until an interpreter is there. */
const START = 180

/** One worker with its interpreter. */
export class Warm {
  alive = true
  private jobs = 0
  private answer: ((reply: Reply) => void) | undefined
  private gone: (reason: string) => void = () => undefined

  constructor(private readonly spawned: Spawned) {
    spawned.port.onmessage = ({ data }: MessageEvent<Reply | null>) => {
      if (typeof data === 'object' && data !== null) this.answer?.(data)
    }
    void spawned.broken.then((reason) => this.end(reason))
  }

  /** The snapshot that the interpreter took of itself, if it did. */
  ready(language: Language): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(timer)
        this.end(reason)
        reject(new Error(`${NAMES[language]} does not start: ${reason}.`))
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
      const settle = (result: unknown) => {
        clearTimeout(timer)
        this.answer = undefined
        this.gone = () => undefined
        const { spent, ...outcome } = readResult(result, (performance.now() - start) / 1000)
        if (spent) this.end('spent')
        resolve(outcome)
      }
      const stop = (kind: 'timeout' | 'crash', error: string) => {
        settle({ ok: false, kind, error, output: '', spent: true } satisfies Result)
      }
      const timer = setTimeout(() => stop('timeout', `stopped after ${job.seconds} s`), job.seconds * 1000)
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
