/** What the server bears of everything; each bound keeps one client from taking the server from the others. */
export interface Limits {
  /** Bytes of a request. */
  body: number
  /** Bytes of an adapter's state that comes in. */
  state: number
  sessions: number
  /** Of one session. */
  models: number
  samplers: number
  /** Requests of one session that wait for their turn. */
  waiting: number
  /** Bytes of all checkpoints together; the oldest go first. */
  checkpoints: number
  /** Tokens of one request: rows, and what a request may generate. */
  tokens: number
  rows: number
  rank: number
  /** Milliseconds after the last request or heartbeat at which a session ends. */
  idle: number
  /** … and that at which it may end already, where there are too many; clients beat every ten seconds. */
  silent: number
  /** Milliseconds that a poll is held while its work is pending. */
  hold: number
  /** Milliseconds of a session's turn while others wait. */
  turn: number
  /** Milliseconds after which a turn ends where its session rests, between steps. */
  slice: number
  /** Milliseconds that a session keeps its turn without work. */
  grace: number
  /** Milliseconds that a result is kept once it was handed out; before that, `idle`. */
  result: number
}

export const LIMITS: Limits = {
  body: 64 << 20,
  state: 2 ** 30,
  sessions: 64,
  models: 4,
  samplers: 256,
  waiting: 512,
  checkpoints: 2 ** 31,
  tokens: 1 << 20,
  rows: 4096,
  rank: 128,
  idle: 1_800_000,
  silent: 60_000,
  hold: 25_000,
  turn: 10_000,
  slice: 1000,
  grace: 100,
  result: 600_000,
}

/** A refusal, with the status that makes the Tinker SDK stop: 400 and above, but none that it repeats. */
export class Refusal extends Error {
  override name = 'Refusal'
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429,
    message: string,
  ) {
    super(message)
  }
}
