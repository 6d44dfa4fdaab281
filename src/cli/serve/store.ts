/** Sessions and what belongs to them: models, samplers, checkpoints. A session is known by an unguessable number, and so is all of its. */
import { randomBytes } from 'node:crypto'
import { Refusal, type Limits } from './limits'
import type { Model } from './seats'

export interface Sampler {
  id: string
  session: string
  base: string
  /** Whose weights, and which version of them; the bare model when absent. */
  of?: { model: Model; version: number }
  /** The same weights as they were saved, for when they have been overtaken or their model is gone. */
  saved?: Model
  path?: string
}

export interface Checkpoint {
  path: string
  base: string
  adapter: Model['adapter']
  valueHead: boolean
  state: Uint8Array
}

interface Session {
  id: string
  seen: number
  /** By the number that the client gave it, so that a repeated request makes nothing twice. */
  models: Map<number, { request: string; id: string }>
  samplers: Map<number, string>
  asked: Map<string, { request: string; sequences: string[] }>
}

const NAME = /^[A-Za-z0-9_-]{1,255}$/

/** The name of a checkpoint; nothing of it is a path. */
export function checkName(name: string): string {
  if (!NAME.test(name)) throw new Refusal(422, 'a checkpoint’s name has 1 to 255 letters, digits, _ and -')
  return name
}

export class Store {
  private readonly sessions = new Map<string, Session>()
  readonly models = new Map<string, Model>()
  readonly samplers = new Map<string, Sampler>()
  /** The oldest first. */
  private readonly checkpoints = new Map<string, Checkpoint>()
  /** Published weights by their path. */
  readonly published = new Map<string, { model: Model; version: number }>()

  constructor(
    private readonly limits: Limits,
    private readonly onEnd: (session: string, models: Model[]) => void,
  ) {}

  createSession(): string {
    if (this.sessions.size >= this.limits.sessions) this.endSilent()
    const id = randomBytes(16).toString('hex')
    this.sessions.set(id, { id, seen: Date.now(), models: new Map(), samplers: new Map(), asked: new Map() })
    return id
  }

  /** Makes room for one more: of the sessions whose client is gone or sleeps, the one that has been silent for longest ends. */
  private endSilent(): void {
    const [oldest] = [...this.sessions.values()].sort((a, b) => a.seen - b.seen)
    if (!oldest || Date.now() - oldest.seen < this.limits.silent) throw new Refusal(429, `${this.sessions.size} sessions are open already; try again later`)
    this.end(oldest.id)
  }

  session(id: string): Session {
    const session = this.sessions.get(id)
    if (!session) throw new Refusal(404, 'there is no such session, or it has ended')
    session.seen = Date.now()
    return session
  }

  model(id: string): Model {
    const model = this.models.get(id)
    if (!model) throw new Refusal(404, 'there is no such model, or it was unloaded')
    this.session(model.session)
    return model
  }

  sampler(id: string): Sampler {
    const sampler = this.samplers.get(id)
    if (!sampler) throw new Refusal(404, 'there is no such sampler')
    this.session(sampler.session)
    return sampler
  }

  modelsOf(session: string): Model[] {
    return [...this.models.values()].filter((model) => model.session === session)
  }

  addSampler(session: string, seq: number, sampler: Omit<Sampler, 'id' | 'session'>): string {
    const { samplers } = this.session(session)
    const known = samplers.get(seq)
    if (known !== undefined) return known
    const id = `${session}:sample:${seq}`
    samplers.set(seq, id)
    this.samplers.set(id, { id, session, ...sampler })
    if (samplers.size > this.limits.samplers) {
      const [first, oldest] = samplers.entries().next().value!
      samplers.delete(first)
      this.samplers.delete(oldest)
    }
    return id
  }

  removeModel(model: Model): void {
    this.models.delete(model.id)
    for (const [id, { of, saved }] of this.samplers) if (of?.model === model && !saved) this.samplers.delete(id)
    for (const [path, { model: of }] of this.published) if (of === model) this.published.delete(path)
  }

  addCheckpoint(checkpoint: Checkpoint): void {
    this.checkpoints.delete(checkpoint.path)
    this.checkpoints.set(checkpoint.path, checkpoint)
    let bytes = 0
    for (const { state } of this.checkpoints.values()) bytes += state.length
    for (const [path, { state }] of this.checkpoints) {
      if (bytes <= this.limits.checkpoints || path === checkpoint.path) break
      this.checkpoints.delete(path)
      bytes -= state.length
    }
  }

  checkpoint(path: string): Checkpoint {
    const found = this.checkpoints.get(path)
    if (!found) throw new Refusal(404, 'there is no such checkpoint, or it has made room for later ones')
    return found
  }

  hasCheckpoint(path: string): boolean {
    return this.checkpoints.has(path)
  }

  removeCheckpoint(path: string): void {
    this.published.delete(path)
    if (!this.checkpoints.delete(path)) throw new Refusal(404, 'there is no such checkpoint')
  }

  end(id: string): void {
    const session = this.sessions.get(id)
    if (!session) return
    const models = this.modelsOf(id)
    for (const model of models) this.removeModel(model)
    for (const sampler of session.samplers.values()) this.samplers.delete(sampler)
    this.sessions.delete(id)
    this.onEnd(id, models)
  }

  /** Ends sessions that have not been heard of for long. */
  sweep(now = Date.now()): void {
    for (const { id, seen } of this.sessions.values()) if (now - seen > this.limits.idle) this.end(id)
  }

  get counts(): { sessions: number; models: number } {
    return { sessions: this.sessions.size, models: this.models.size }
  }
}
