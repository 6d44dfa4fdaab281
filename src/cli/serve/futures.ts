/**
 * Work that was handed in and is asked for later, by an unguessable number. A poll is held while the work is pending, so that no client
 * asks more than a few times a minute. What failed answers 200 with `error`, as clients ask again and again after a 5xx.
 */
import { randomUUID } from 'node:crypto'
import { Refusal, type Limits } from './limits'

export type Result = { json: unknown } | { protobuf: Uint8Array; json: () => unknown }

interface Future {
  done: Promise<Result>
  stop: AbortController
  session: string
}

export class Futures {
  private readonly all = new Map<string, Future>()

  constructor(private readonly limits: Pick<Limits, 'hold' | 'result' | 'idle'>) {}

  get size(): number {
    return this.all.size
  }

  add(session: string, start: (signal: AbortSignal) => Promise<Result>): string {
    const stop = new AbortController()
    const id = randomUUID()
    const future: Future = { done: start(stop.signal), stop, session }
    this.all.set(id, future)
    const settle = () => this.forget(id, this.limits.idle) // its client may sleep
    future.done.then(settle, settle)
    return id
  }

  private forget(id: string, after: number): void {
    setTimeout(() => this.all.delete(id), after).unref()
  }

  /** The result; undefined while it is pending after the hold. Rejects as the work did. */
  async ask(id: string): Promise<Result | undefined> {
    const future = this.all.get(id)
    if (!future) throw new Refusal(404, 'there is no such request, or its result is no longer kept')
    let timer: NodeJS.Timeout | undefined
    const hold = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), this.limits.hold)))
    let settled = true
    try {
      const result = await Promise.race([future.done, hold])
      settled = result !== undefined
      return result
    } finally {
      clearTimeout(timer)
      if (settled) this.forget(id, this.limits.result)
    }
  }

  cancel(id: string): void {
    this.all.get(id)?.stop.abort()
  }

  /** A session has ended: nobody asks any more. */
  end(session: string): void {
    for (const [id, future] of this.all) {
      if (future.session !== session) continue
      future.stop.abort()
      this.all.delete(id)
    }
  }
}
