/** Policies on a server that speaks the Tinker wire. What the server does with losses and settings is probed before the first policy. */
import type { Host, ModelDescription, OpenOptions } from '../host'
import { LORA_TARGETS, type Policy, type PolicyInfo } from '../policy'
import { readFacts } from './facts'
import { TinkerPolicy } from './policy'
import { probe } from './probe'
import { objections, OWN, type EngineProfile } from './profile'
import { Session } from './session'
import * as shapes from './shapes'
import { Wire, type WireOptions } from './wire'

export interface TinkerHostOptions extends WireOptions {
  /** The server's name of the model, where it is another than the run's. */
  model?: string | undefined
  /** LoRA's alpha, where the server fixes it without saying so. */
  alpha?: number | undefined
  /** A model's text files, where the server hands out none. */
  file?: Host['file']
  /** What is being found out about the server. */
  onPart?: (part: string) => void
}

export interface TinkerHost extends Host {
  /** What the server does, for adapters of this rank; asked or probed once. */
  engine(model: string, rank: number): Promise<EngineProfile>
}

/** Nothing is asked of the server before the first call. */
export function tinkerHost(options: TinkerHostOptions): TinkerHost {
  const wire = new Wire(options)
  const profiles = new Map<string, Promise<EngineProfile>>()
  const ours = once(async () => (await wire.json('/api/v1/client/config', shapes.clientConfig, { sdk_version: '0.25.0' })).etude !== undefined)
  const models = once(async () => (await wire.json('/api/v1/get_server_capabilities', shapes.capabilities)).supported_models)

  const find = async (model: string) => {
    const known = await models()
    const wanted = options.model ?? model
    const found = known.find(({ model_name: name }) => name === wanted)
    if (found) return found
    const names = known.map(({ model_name: name }) => name).join(', ') || 'none'
    throw new Error(`${wire.url} has no model ${wanted}; it has ${names}${options.model === undefined ? ' (where one of them is the same, name it with --policy-model)' : ''}`)
  }
  const file: Host['file'] = async (model, path) => {
    if (!(await ours())) {
      if (!options.file) throw new Error(`${wire.url} hands out no files of its models`)
      return options.file(model, path)
    }
    const { model_name: name } = await find(model)
    return new TextDecoder().decode(await wire.bytes('GET', `/api/v1/etude/files/${encodeURIComponent(name)}/${encodeURIComponent(path)}`))
  }
  const describe = async (model: string): Promise<ModelDescription & { eos: number[] }> => {
    const { max_context_length: limit, etude } = await find(model)
    if (etude) return { ...etude, id: model, notices: etude.notices ?? [], eos: [] }
    const { contextLength, ...facts } = await readFacts((path) => file(model, path))
    return { id: model, ...facts, contextLength: Math.min(contextLength, limit ?? Infinity) }
  }
  const engine = (model: string, rank: number): Promise<EngineProfile> => {
    const known = profiles.get(`${model} ${rank}`)
    if (known) return known
    const found = (async () => {
      if (await ours()) return OWN
      const { model_name: name } = await find(model)
      const session = await Session.open(wire)
      try {
        const profile = await probe(session, name, rank, options.onPart)
        return { ...profile, alpha: profile.alpha ?? options.alpha }
      } finally {
        session.close()
      }
    })()
    profiles.set(`${model} ${rank}`, found)
    found.catch(() => profiles.delete(`${model} ${rank}`))
    return found
  }

  return {
    engine,
    file,
    async describe(model) {
      const { id, family, parameters, contextLength, vocabulary, bytes, notices = [] } = await describe(model)
      return { id, family, parameters, contextLength, vocabulary, bytes, notices }
    },
    /** The server's memory is its own. */
    plan: () => Promise.resolve({ parts: [], total: 0 }),
    async open({ model, adapter, valueHead = false, start, signal }: OpenOptions, onProgress): Promise<Policy> {
      const profile = await engine(model, adapter.rank)
      signal?.throwIfAborted()
      const own = profile.route === 'own'
      const refused = [...objections(profile, { adapter, valueHead }), ...(start && !own ? ['it takes no adapter to go on from'] : [])]
      if (refused.length > 0) throw new Error(`${wire.url} cannot do this run: ${refused.join('; ')}`)
      const { model_name: base } = await find(model)
      const session = await Session.open(wire, signal)
      try {
        const more = own ? { etude: { alpha: adapter.alpha, targets: adapter.targets, value_head: valueHead, ...(start && { start: encoded(start) }) } } : {}
        const make = () => session.createModel(base, { rank: adapter.rank, seed: adapter.seed }, more, signal)
        const first = await make()
        const said = await wire.json('/api/v1/get_info', shapes.info, { type: 'get_info', model_id: first.id })
        const info = own && said.etude ? { ...said.etude, model: base } : await foreignInfo(profile, base, await describe(model), adapter.rank, new URL(wire.url).host)
        onProgress?.({ phase: 'ready' })
        return new TinkerPolicy({ session, model: first, profile, info, make })
      } catch (error) {
        if (own) void session.finish()
        else session.close()
        throw error
      }
    },
    async profile() {
      await models() // so that a server that is not there is said
      return { name: `a server at ${new URL(wire.url).host}`, software: false, tier: 'remote', limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 }, features: [] }
    },
    close: () => Promise.resolve(),
  }
}

async function foreignInfo(
  profile: EngineProfile,
  model: string,
  { parameters, contextLength, vocabulary, eos }: ModelDescription & { eos: number[] },
  rank: number,
  server: string,
): Promise<PolicyInfo> {
  const can = {
    train: true,
    snapshots: profile.sampling?.promptLogprobs === true,
    valueHead: false,
    entropySlope: false,
    topP: true,
    topK: true,
    minP: false,
    inspect: false,
    gradNorm: profile.gradNorm !== undefined,
    entropy: false,
  }
  const adapter = { rank, alpha: profile.alpha!, targets: [...LORA_TARGETS], parameters: NaN }
  return Promise.resolve({ model, parameters, contextLength, vocabulary, eos, adapter, can, device: { name: `a server at ${server}`, software: false, tier: 'remote' } })
}

function encoded(files: Record<string, Uint8Array>): Record<string, string> {
  const base64 = (bytes: Uint8Array) => {
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    return btoa(text)
  }
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, base64(bytes)]))
}

/** Asked once, and again after a failure. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    if (!asked) {
      asked = ask()
      asked.catch(() => (asked = undefined))
    }
    return asked
  }
}
