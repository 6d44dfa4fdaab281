/** The engine's side of the page's worker: a host behind Comlink. Its policies stay here; the page holds their numbers. */
import * as Comlink from 'comlink'
import { deviceProfile } from '../engine/profile'
import { openBrowserModel } from '../hub/browser'
import { keepFiles, ownError } from '../hub/remote'
import type { Repository } from '../hub/repository'
import { setSession, type Session } from '../hub/session'
import type { BatchSize, Host, OpenOptions, Progress, Proof, ProveOptions, ProveProgress } from '../policy/host'
import type { AdamW, AdapterSpec, Batch, Inspect, OnTokens, Policy, PolicyInfo, SampleOptions, Slope, Tokens } from '../policy/policy'

let page = ''
const progress = new Set<(progress: Progress) => void>()
const repositories = new Map<string, Promise<Repository>>()
const gpu = () => Promise.resolve((navigator as { gpu?: GPU }).gpu)
let loading: Promise<Host> | undefined

/** The engine with its kernels comes when a model is first asked for: the page stands without it. */
function host(): Promise<Host> {
  loading ??= import('../engine/host').then(({ engineHost }) => engineHost({ gpu, repository }))
  loading.catch(() => (loading = undefined)) // the next one asks again
  return loading
}

function repository(model: string): Promise<Repository> {
  let found = repositories.get(model)
  if (!found) {
    found = openBrowserModel(model, page, (now) => {
      for (const tell of progress) tell({ phase: 'downloading', ...now })
    })
    repositories.set(model, found)
    found.catch(() => repositories.delete(model))
  }
  return found
}

const open: Host['open'] = async (options, onProgress) => {
  if (onProgress) progress.add(onProgress)
  try {
    keepFiles(await repository(options.model), options.signal)
    return await (await host()).open(options, onProgress).catch(ownError)
  } finally {
    if (onProgress) progress.delete(onProgress)
  }
}

/** From the page's own folder, when it is first asked for; one thread, which needs no cross-origin isolation. */
async function loadOrt() {
  const [ort, { default: wasm }] = await Promise.all([
    import('onnxruntime-web/wasm'),
    import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
  ])
  ort.env.logLevel = 'fatal'
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href }
  return ort
}

const policies = new Map<number, Policy>()
const aborts = new Map<number, AbortController>()
let count = 0

function policy(id: number): Policy {
  const found = policies.get(id)
  if (!found) throw new Error('This policy is closed: open a new one')
  return found
}

/** What the page stops by the number of its call. */
async function abortable<T>(call: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  aborts.set(call, abort)
  try {
    return await work(abort.signal)
  } finally {
    aborts.delete(call)
  }
}

/** For finite differences. */
function inspect(id: number): Inspect {
  const found = policy(id).inspect
  if (!found) throw new Error('This policy does not show its gradients')
  return found
}

/** Plain calls with plain data; a policy is its number. */
export const service = {
  /** The address that catalog models lie below. */
  begin: (address: string) => {
    page = address
  },
  /** The page's token, dropped folders and Hub, at every change. */
  session(session: Session) {
    repositories.clear()
    setSession(session)
  },
  describe: async (model: string, file?: string) => (await host()).describe(model, file).catch(ownError),
  plan: async (model: string, adapter: AdapterSpec, batch: BatchSize, file?: string) =>
    (await host()).plan(model, adapter, batch, file).catch(ownError),
  profile: () => deviceProfile(gpu),
  file: async (model: string, path: string) => (await repository(model)).text(path),
  async open(
    call: number, options: Omit<OpenOptions, 'signal'>, onProgress: (progress: Progress) => void,
  ): Promise<{ id: number; info: PolicyInfo }> {
    const opened = await abortable(call, (signal) => open({ ...options, signal }, onProgress))
    policies.set(++count, opened)
    return { id: count, info: opened.info }
  },
  prove: (call: number, options: Omit<ProveOptions, 'signal'>, onProgress: (progress: ProveProgress) => void): Promise<Proof> =>
    abortable(call, async (signal) => {
      const { prove } = await import('../proof/prove')
      return prove({ open, repository, loadOrt }, { ...options, signal }, onProgress)
    }),
  sample: (id: number, call: number, prompts: Tokens[], options: Omit<SampleOptions, 'signal'>, onTokens?: OnTokens) =>
    abortable(call, (signal) => policy(id).sample(prompts, { ...options, signal }, onTokens)),
  abort: (call: number) => aborts.get(call)?.abort(),
  logprobs: (id: number, batch: Batch, adapter: string) => policy(id).logprobs(batch, adapter),
  forward: (id: number, batch: Batch) => policy(id).forward(batch),
  backward: (id: number, forward: number, slope: Slope) => policy(id).backward(forward, slope),
  step: (id: number, settings: AdamW) => policy(id).step(settings),
  renew: (id: number) => policy(id).renew(),
  snapshot: (id: number, name: string) => policy(id).snapshot(name),
  drop: (id: number, name: string) => policy(id).drop(name),
  save: (id: number) => policy(id).save(),
  load: (id: number, bytes: Uint8Array) => policy(id).load(bytes),
  exportAdapter: (id: number) => policy(id).exportAdapter(),
  tensors: (id: number) => inspect(id).tensors(),
  read: (id: number, name: string) => inspect(id).read(name),
  gradient: (id: number, name: string) => inspect(id).gradient(name),
  nudge: (id: number, name: string, direction: number[], size: number) => inspect(id).nudge(name, direction, size),
  memory: (id: number) => policy(id).memory!(),
  async close(id: number) {
    await policies.get(id)?.close()
    policies.delete(id)
  },
}
export type Service = typeof service

Comlink.expose(service)
