/**
 * One GPU, many sessions: work runs one piece after the other, sessions take turns, and who has had least of the GPU is next. A turn lasts while the session has work, at most
 * `turn` milliseconds while others wait, and no longer than `slice` once it is at a point where little is lost (`rest`); a session that has
 * just been served keeps it for `grace` milliseconds, as its next request comes only after the last answer, and changing the session moves
 * adapters.
 */
import { Refusal, type Limits } from './limits'

/** Of more than so many, those that have not been heard of for long are forgotten. */
const SESSIONS = 256

export class FairQueue {
  /** Sessions with work. */
  private readonly lines = new Map<string, (() => Promise<void>)[]>()
  private running = false
  private wake: (() => void) | undefined
  private turn: { session: string; since: number; over: boolean } | undefined
  /** Milliseconds of work that each session has had, and how much the last session had whose turn began. */
  private readonly served = new Map<string, number>()
  private clock = 0

  constructor(private readonly limits: Pick<Limits, 'waiting' | 'turn' | 'slice' | 'grace'>) {}

  /** Settles as `work` does, after its turn came. Throws where the session has too much waiting. */
  add<T>(session: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.check(session)
    this.enter(session)
    const line = this.lines.get(session) ?? []
    const result = new Promise<T>((resolve, reject) => {
      line.push(async () => {
        const since = performance.now()
        try {
          signal?.throwIfAborted()
          resolve(await work())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
        this.served.set(session, this.served.get(session)! + performance.now() - since)
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

  /** Whoever is new begins with what the others have had; whoever was away has a claim to no more than a turn. */
  private enter(session: string): void {
    const least = this.clock - this.limits.turn
    this.served.set(session, Math.max(this.served.get(session) ?? this.clock, least))
    if (this.served.size <= SESSIONS) return
    for (const [each, time] of this.served) if (time <= least && !this.lines.has(each)) this.served.delete(each)
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
    }
    const time = (session: string) => this.served.get(session)!
    const session = [...this.lines.keys()].reduce((a, b) => (time(b) < time(a) ? b : a))
    this.clock = Math.max(this.clock, time(session))
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
