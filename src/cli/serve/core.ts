/** What the routes share: sessions and their work, engines, and the rules by which requests become work. */
import { createHash } from 'node:crypto'
import type { Host, ModelDescription } from '../../policy/host'
import { LORA_TARGETS } from '../../policy/policy'
import { Futures, type Result } from './futures'
import { Refusal, type Limits } from './limits'
import { FairQueue } from './queue'
import { Seats, type Model } from './seats'
import { Store } from './store'

export interface WireServerOptions {
  host: Host
  /** Names of the models that are offered; nothing else is ever opened. */
  models: readonly string[]
  limits: Limits
  /** LoRA's alpha for clients that cannot say it, as the wire has no field for it. */
  alpha: number
  /** Engines that are open at a time. */
  engines: number
}

/** Requests of a model, and samples of a session, that are remembered for repeats. */
export const REMEMBERED = 256

export type Core = ReturnType<typeof createCore>

export function createCore(options: WireServerOptions) {
  const { host, models, limits, alpha, engines } = options
  const seats = new Seats(host, engines)
  const queue = new FairQueue(limits)
  const futures = new Futures(limits)
  const store = new Store(limits, (session, gone) => {
    futures.end(session)
    for (const model of gone) seats.leave(model)
  })
  const sweeper = setInterval(() => store.sweep(), Math.min(10_000, limits.idle))
  sweeper.unref()

  const described = new Map<string, Promise<ModelDescription>>()
  const describe = (name: string) => {
    const known = described.get(name) ?? host.describe(name)
    described.set(name, known)
    known.catch(() => described.delete(name))
    return known
  }
  const offered = (name: string): string => {
    if (!models.includes(name)) throw new Refusal(404, `there is no model of that name here; there are: ${models.join(', ')}`)
    return name
  }

  /** Work of a session that is asked for later. */
  const begin = (session: string, work: (signal: AbortSignal) => Promise<Result>): string => {
    queue.check(session)
    return futures.add(session, async (signal) => {
      try {
        return await queue.add(session, () => work(signal), signal)
      } catch (error) {
        if ((error as Error).name === 'DeviceLost') await seats.abandon()
        throw error
      }
    })
  }
  /** A training request: taken once for each number; a repeat gets the same future, another request of that number is refused. */
  const train = (model: Model, seq: number, body: Uint8Array | object, work: (signal: AbortSignal) => Promise<Result>): string => {
    const digest = createHash('sha256').update(body instanceof Uint8Array ? body : JSON.stringify(body)).digest('hex')
    const known = model.taken.get(seq)
    if (known?.digest === digest) return known.request
    const highest = Math.max(0, ...model.taken.keys())
    if (seq <= highest) throw new Refusal(400, `seq_id ${seq} has been used, the last is ${highest}; count on from there`)
    const request = begin(model.session, work)
    model.taken.set(seq, { digest, request })
    if (model.taken.size > REMEMBERED) model.taken.delete(model.taken.keys().next().value!)
    return request
  }
  const blank = (session: string, id: string, base: string, adapter: Partial<Model['adapter']>): Model => ({
    id,
    session,
    base,
    adapter: { rank: 8, alpha, targets: [...LORA_TARGETS], seed: 0, ...adapter },
    valueHead: false,
    pending: [],
    version: 0,
    kept: new Map(),
    restart: false,
    taken: new Map(),
    own: false,
  })
  const addModel = (session: string, seq: number, model: Model, work: () => Promise<Result>): { request_id: string; model_id: string } => {
    const { models: made } = store.session(session)
    const known = made.get(seq)
    if (known) return { request_id: known.request, model_id: known.id }
    if (store.modelsOf(session).length >= limits.models) throw new Refusal(429, `a session has at most ${limits.models} models; unload one`)
    store.models.set(model.id, model)
    const request = begin(session, work)
    made.set(seq, { request, id: model.id })
    return { request_id: request, model_id: model.id }
  }
  const replaceState = (model: Model, state: Uint8Array) => {
    seats.leave(model)
    model.state = state
    model.pending = []
    model.pass = undefined
    model.kept.clear() // they were in the state that is gone
  }

  const close = async () => {
    clearInterval(sweeper)
    await seats.close()
  }
  return { host, models, limits, alpha, seats, queue, futures, store, describe, offered, begin, train, blank, addModel, replaceState, close }
}
