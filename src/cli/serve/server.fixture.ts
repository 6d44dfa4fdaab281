/** For tests: a server over fake policies, reached without a network, and a fake host with any vocabulary. */
import { createFakeHost } from '../../policy/fake'
import type { Host } from '../../policy/host'
import type { Batch, Policy, Tokens } from '../../policy/policy'
import { serverApp, type AppOptions } from './app'
import { LIMITS, type Limits } from './limits'
import type { WireServerOptions } from './core'
import { wireServer } from './routes'

export const TOKEN = 'tml-test'
export const ADDRESS = 'http://127.0.0.1:7860'

export interface TestServer {
  fetch: typeof fetch
  /** Paths that were asked for, in their order. */
  asked: string[]
  close(): Promise<void>
  counts: ReturnType<typeof wireServer>['counts']
}

/** Rejects nothing by itself; the host header is that of the address. */
export function testServer(host: Host, limits: Partial<Limits> = {}, options: Partial<WireServerOptions & AppOptions> = {}): TestServer {
  const all = { ...LIMITS, grace: 5, ...limits }
  const wire = wireServer({ host, models: ['fake'], alpha: 32, engines: 1, ...options, limits: all })
  const app = serverApp({ token: TOKEN, hosts: () => ['127.0.0.1:7860'], origins: [], limits: all, ...options, wire: wire.app })
  const asked: string[] = []
  return {
    asked,
    close: () => wire.close(),
    counts: () => wire.counts(),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      if (!request.headers.has('host')) request.headers.set('host', '127.0.0.1:7860')
      asked.push(new URL(request.url).pathname)
      const { signal } = request
      signal.throwIfAborted()
      const stopped = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      return Promise.race([app.fetch(request), stopped])
    },
  }
}

/** The fake's model under ids of a larger vocabulary: an id stands for its remainder. */
export function wideHost(vocabulary: number): Host {
  const host = createFakeHost()
  return {
    ...host,
    describe: async (model) => ({ ...(await host.describe(model)), vocabulary }),
    async open(options) {
      const policy = await host.open(options)
      const size = policy.info.vocabulary
      const small = (tokens: Tokens) => tokens.map((id) => id % size)
      const narrow = ({ rows, temperature }: Batch) => ({
        rows: rows.map(({ prompt, completion }) => ({ prompt: small(prompt), completion: small(completion) })),
        temperature,
      })
      return bentPolicy(policy, {
        info: { ...policy.info, vocabulary, contextLength: 512 },
        forward: (batch) => policy.forward(narrow(batch)),
        logprobs: (batch, adapter) => policy.logprobs(narrow(batch), adapter),
        sample: (prompts, how) => policy.sample(prompts.map(small), { ...how, stop: how.stop.map((id) => id % size) }),
      })
    },
  }
}

/** A policy that does some things otherwise. */
export function bentPolicy(policy: Policy, bent: Partial<Policy>): Policy {
  return new Proxy(policy, {
    get(target, name) {
      const value: unknown = Reflect.get(name in bent ? bent : target, name)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
}
