/** The page's side of the engine's worker: a Host whose work happens there, so that the page stays responsive. */
import * as Comlink from 'comlink'
import { LineLost, NeedsToken, RateLimited } from '../hub/request'
import { onSession } from '../hub/session'
import { BadModel, DeviceLost, NotFinite, OutOfMemory, type Host } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import type { Service } from './browser'

const NAMED = { BadModel, DeviceLost, LineLost, NeedsToken, NotFinite, OutOfMemory, RateLimited }
let calls = 0

export function workerHost(): Host {
  const worker = new Worker(new URL('./browser.ts', import.meta.url), { type: 'module', name: 'engine' })
  const remote = Comlink.wrap<Service>(worker)
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) =>
      reject(new Error(`The engine's worker stopped: ${event.message || 'it could not be loaded'}; reload the page`)),
    )
  })
  died.catch(() => undefined) // told through the calls below
  /** A call to the worker; its errors get their class back, and a dead worker is an error instead of silence. */
  const ask = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await Promise.race([call, died])
    } catch (error) {
      const named = NAMED[(error as Error).name as keyof typeof NAMED]
      throw named ? new named((error as Error).message, { cause: error }) : error
    }
  }
  // messages keep their order, so that a call knows what was said before it
  const begun = ask(remote.begin(new URL('.', document.baseURI).href))
  const forget = onSession((session) => void ask(remote.session(session)).catch(() => undefined))

  /** A call with a number, by which a signal stops it there. */
  const abortable = async <T>(signal: AbortSignal | undefined, work: (call: number) => Promise<T>): Promise<T> => {
    const call = ++calls
    const abort = () => void remote.abort(call)
    signal?.throwIfAborted()
    signal?.addEventListener('abort', abort)
    try {
      return await ask(work(call))
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  const policy = (id: number, info: PolicyInfo): Policy => ({
    info,
    sample: (prompts, { signal, ...options }, onTokens) =>
      abortable(signal, (call) => remote.sample(id, call, prompts, options, onTokens && Comlink.proxy(onTokens))),
    logprobs: (batch, adapter) => ask(remote.logprobs(id, batch, adapter)),
    forward: (batch) => ask(remote.forward(id, batch)),
    backward: (forward, slope) => ask(remote.backward(id, forward, slope)),
    step: (settings) => ask(remote.step(id, settings)),
    renew: () => ask(remote.renew(id)),
    snapshot: (name) => ask(remote.snapshot(id, name)),
    drop: (name) => ask(remote.drop(id, name)),
    save: () => ask(remote.save(id)),
    load: (bytes) => ask(remote.load(id, bytes)),
    exportAdapter: () => ask(remote.exportAdapter(id)),
    inspect: {
      tensors: () => ask(remote.tensors(id)),
      read: (name) => ask(remote.read(id, name)),
      gradient: (name) => ask(remote.gradient(id, name)),
      nudge: (name, direction, size) => ask(remote.nudge(id, name, direction, size)),
    },
    memory: () => ask(remote.memory(id)),
    close: () => ask(remote.close(id)),
  })

  return {
    describe: async (model, file) => (await begun, ask(remote.describe(model, file))),
    plan: async (model, adapter, batch, file) => (await begun, ask(remote.plan(model, adapter, batch, file))),
    profile: async () => (await begun, ask(remote.profile())),
    file: async (model, path) => (await begun, ask(remote.file(model, path))),
    async open({ signal, ...options }, onProgress) {
      await begun
      const told = Comlink.proxy(onProgress ?? (() => undefined))
      const { id, info } = await abortable(signal, (call) => remote.open(call, options, told))
      return policy(id, info)
    },
    async prove({ signal, ...options }, onProgress) {
      await begun
      const told = Comlink.proxy(onProgress ?? (() => undefined))
      return abortable(signal, (call) => remote.prove(call, options, told))
    },
    close() {
      forget()
      worker.terminate()
      return Promise.resolve()
    },
  }
}
