/**
 * What a policy on a server keeps: snapshots, checkpoints and the adapter's files. Our own server hands its state over and takes it back;
 * elsewhere the weights stay there, and a checkpoint is the path under which the server saved them.
 */
import type { EngineProfile } from './profile'
import type { RemoteModel, Session } from './session'
import { z } from 'zod'
import * as shapes from './shapes'

const savedElsewhere = z.object({ tinker: z.string(), path: z.string(), snapshots: z.record(z.string(), z.string()) })
type Saved = z.infer<typeof savedElsewhere>

/** Checkpoints that stay on a server; older ones of this policy are deleted. */
const KEPT = 3

export class State {
  /** Of servers that are not ours: the published path of each snapshot, and its sampler. */
  private readonly snapshots = new Map<string, { path: string; sampler: Promise<string> | undefined }>()
  private readonly paths: string[] = []
  private made = 0
  /** Names that this policy gives are its own. */
  private readonly mark = Math.random().toString(36).slice(2, 8)

  constructor(
    private readonly session: Session,
    private readonly profile: EngineProfile,
  ) {}

  private get own(): boolean {
    return this.profile.route === 'own'
  }

  async renew(model: RemoteModel): Promise<void> {
    await this.extra(model, 'renew', {})
  }

  async snapshot(model: RemoteModel, name: string): Promise<void> {
    if (this.own) return this.extra(model, 'snapshot', { name })
    const { path } = shapes.saved.parse(await this.training(model, 'save_weights_for_sampler', 'publish a snapshot'))
    this.snapshots.set(name, { path, sampler: undefined })
  }

  async drop(model: RemoteModel, name: string): Promise<void> {
    if (this.own) return this.extra(model, 'drop', { name })
    this.snapshots.delete(name)
  }

  async samplerOf(name: string): Promise<string> {
    const found = this.snapshots.get(name)
    if (!found) throw new Error(`there is no snapshot “${name}”; there are: ${[...this.snapshots.keys()].join(', ') || 'none'}`)
    return (found.sampler ??= this.session.createSampler({ model_path: found.path }))
  }

  async save(model: RemoteModel): Promise<Uint8Array> {
    if (this.own) return this.session.wire.bytes('GET', pathOf(model, 'state'))
    const { path } = shapes.saved.parse(await this.training(model, 'save_weights', 'save a checkpoint'))
    this.paths.push(path)
    while (this.paths.length > KEPT) void this.forget(this.paths.shift()!)
    const snapshots = Object.fromEntries([...this.snapshots].map(([name, { path }]) => [name, path]))
    return new TextEncoder().encode(JSON.stringify({ tinker: this.session.wire.url, path, snapshots } satisfies Saved))
  }

  /** The model that goes on: the same one on our own server, a new one elsewhere, as SkyRL loads into new ones alone. */
  async load(bytes: Uint8Array, model: RemoteModel, make: () => Promise<RemoteModel>): Promise<RemoteModel> {
    if (this.own) {
      await this.session.wire.bytes('PUT', pathOf(model, 'state'), bytes)
      return model
    }
    const { path, snapshots } = readSaved(bytes, this.session.wire.url)
    const next = await make()
    await next.json('load_weights', { path, optimizer: true }, 'load a checkpoint')
    await model.unload()
    this.snapshots.clear()
    for (const [name, path] of Object.entries(snapshots)) this.snapshots.set(name, { path, sampler: undefined })
    return next
  }

  async exportAdapter(model: RemoteModel): Promise<Record<string, Uint8Array>> {
    const { wire } = this.session
    if (this.own) {
      const files = await wire.json(pathOf(model, 'adapter'), z.record(z.string(), z.string()))
      return Object.fromEntries(Object.entries(files).map(([name, base64]) => [name, Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]))
    }
    // the wire hands out no weights: where they lie on the server is what there is
    const { path } = shapes.saved.parse(await this.training(model, 'save_weights_for_sampler', 'publish the adapter'))
    const text = `The adapter is on ${wire.url}, saved there as ${path}. The Tinker wire hands out no weights; copy them from the server’s checkpoint folder.\n`
    return { 'WHERE.txt': new TextEncoder().encode(text) }
  }

  private async extra(model: RemoteModel, what: string, fields: object): Promise<void> {
    await model.json(`etude/${what}`, fields, what)
  }

  /** A training request that saves under a new name. */
  private async training(model: RemoteModel, path: string, what: string): Promise<unknown> {
    const response = await model.json(path, { path: `etude-${this.mark}-${this.made++}` }, what)
    return response === 'applied' ? this.training(model, path, what) : response.json()
  }

  private async forget(path: string): Promise<void> {
    const [, id, rest] = /^tinker:\/\/([^/]+)\/(.+)$/.exec(path) ?? []
    if (id !== undefined && rest !== undefined) await this.session.wire.remove(`/api/v1/training_runs/${id}/checkpoints/${rest}`).catch(() => undefined)
  }
}

const pathOf = ({ id }: RemoteModel, what: string) => `/api/v1/etude/models/${encodeURIComponent(id)}/${what}`

function readSaved(bytes: Uint8Array, url: string): Saved {
  const text = new TextDecoder().decode(bytes.subarray(0, 65_536))
  const { data } = savedElsewhere.safeParse(text.startsWith('{') ? safely(text) : undefined)
  if (!data) throw new Error(`a checkpoint made elsewhere cannot go on at ${url}: the Tinker wire takes no weights; start the run there`)
  if (data.tinker !== url) throw new Error(`the checkpoint is on ${data.tinker}, not on ${url}; go on there`)
  return data
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
