/**
 * One GPU, many sessions: work runs one piece after the other, sessions take turns. A turn lasts while the session has work, at most
 * `turn` milliseconds while others wait, and no longer than `slice` once it is at a point where little is lost (`rest`); a session that has
 * just been served keeps it for `grace` milliseconds, as its next request comes only after the last answer, and changing the session moves
 * adapters.
 */
import { Refusal, type Limits } from './limits'

export class FairQueue {
  /** Sessions with work, in the order of their turns. */
  private readonly lines = new Map<string, (() => Promise<void>)[]>()
  private running = false
  private wake: (() => void) | undefined
  private turn: { session: string; since: number; over: boolean } | undefined

  constructor(private readonly limits: Pick<Limits, 'waiting' | 'turn' | 'slice' | 'grace'>) {}

  /** Settles as `work` does, after its turn came. Throws where the session has too much waiting. */
  add<T>(session: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.check(session)
    const line = this.lines.get(session) ?? []
    const result = new Promise<T>((resolve, reject) => {
      line.push(async () => {
        try {
          signal?.throwIfAborted()
          resolve(await work())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
    this.lines.set(session, line)
    this.wake?.()
    if (!this.running) void this.drain()
    return result
  }

  /** The session in turn leaves no tape or gradients behind if it is interrupted now: its optimizer step or its samples are made. */
  rest(): void {
    if (this.turn && performance.now() - this.turn.since >= this.limits.slice) this.turn.over = true
  }

  /** Throws where the session has too much waiting. */
  check(session: string): void {
    const length = this.lines.get(session)?.length ?? 0
    if (length >= this.limits.waiting) throw new Refusal(429, `${length} requests of this session wait already`)
  }

  /** Work that waits. */
  get length(): number {
    let all = 0
    for (const line of this.lines.values()) all += line.length
    return all
  }

  private async drain(): Promise<void> {
    this.running = true
    while (this.lines.size > 0) await (await this.next())()
    this.running = false
  }

  /** The next piece of work; there is some. */
  private async next(): Promise<() => Promise<void>> {
    const { turn } = this
    if (turn && !turn.over && performance.now() - turn.since <= this.limits.turn) {
      if (!this.lines.has(turn.session)) await this.arrival(turn.session)
      if (this.lines.has(turn.session)) return this.take(turn.session)
    } else if (turn) {
      const line = this.lines.get(turn.session) // its turn is over: it goes to the end
      this.lines.delete(turn.session)
      if (line) this.lines.set(turn.session, line)
    }
    const session = this.lines.keys().next().value!
    this.turn = { session, since: performance.now(), over: false }
    return this.take(session)
  }

  /** The first of a session's work; a session without any leaves the order. */
  private take(session: string): () => Promise<void> {
    const line = this.lines.get(session)!
    const work = line.shift()!
    if (line.length === 0) this.lines.delete(session)
    return work
  }

  /** Until the session has work, or its grace is over. */
  private async arrival(session: string): Promise<void> {
    const end = performance.now() + this.limits.grace
    while (!this.lines.has(session) && performance.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - performance.now())
        this.wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.wake = undefined
  }
}
