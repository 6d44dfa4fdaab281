/** The page's side of the engine's worker: a Host whose work happens there, so that the page stays responsive. */
import * as Comlink from 'comlink'
import { LineLost, NeedsToken } from '../hub/request'
import { onSession } from '../hub/session'
import { BadModel, DeviceLost, OutOfMemory, type Host } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import type { Service } from './browser'

const NAMED = { BadModel, DeviceLost, LineLost, NeedsToken, OutOfMemory }
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

  const policy = (id: number, info: PolicyInfo): Policy => ({
    info,
    async sample(prompts, { signal, ...options }, onTokens) {
      const call = ++calls
      const abort = () => void remote.abort(call)
      signal?.throwIfAborted()
      signal?.addEventListener('abort', abort)
      try {
        return await ask(remote.sample(id, call, prompts, options, onTokens && Comlink.proxy(onTokens)))
      } finally {
        signal?.removeEventListener('abort', abort)
      }
    },
    logprobs: (batch, adapter) => ask(remote.logprobs(id, batch, adapter)),
    forward: (batch) => ask(remote.forward(id, batch)),
    backward: (forward, slope) => ask(remote.backward(id, forward, slope)),
    step: (settings) => ask(remote.step(id, settings)),
    snapshot: (name) => ask(remote.snapshot(id, name)),
    drop: (name) => ask(remote.drop(id, name)),
    save: () => ask(remote.save(id)),
    load: (bytes) => ask(remote.load(id, bytes)),
    exportAdapter: () => ask(remote.exportAdapter(id)),
    close: () => ask(remote.close(id)),
  })

  return {
    describe: async (model, file) => (await begun, ask(remote.describe(model, file))),
    plan: async (model, adapter, batch, file) => (await begun, ask(remote.plan(model, adapter, batch, file))),
    profile: async () => (await begun, ask(remote.profile())),
    file: async (model, path) => (await begun, ask(remote.file(model, path))),
    async open(options, onProgress) {
      await begun
      const { id, info } = await ask(remote.open(options, Comlink.proxy(onProgress ?? (() => undefined))))
      return policy(id, info)
    },
    close() {
      forget()
      worker.terminate()
      return Promise.resolve()
    },
  }
}
