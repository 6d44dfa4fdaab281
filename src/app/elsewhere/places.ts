/**
 * Where the page computes: in this tab, or on a server of the Tinker wire (docs/remote.md). One host stands for all of them, so that the
 * page never asks which it is; only between two runs, or while a run is held between two steps, does it change hands.
 */
import type { DeviceProfile, Host } from '../../policy/host'
import { say } from '../words/say'

/** A server, as its address and the token that it printed. */
export interface Server {
  /** Without a fragment and a slash at its end. */
  url: string
  key?: string | undefined
}

export interface Places {
  /** Whatever computes now. */
  readonly host: Host
  /** The server that computes now; undefined: this tab. */
  readonly server: Server | undefined
  /** Computes there from now on; undefined: in this tab. Rejects with a sentence, and all stays as it was, where nobody answers. */
  use(server: Server | undefined): Promise<DeviceProfile>
  /** Asks whether a server is there; what it is. Rejects with a sentence. */
  ask(server: Server): Promise<DeviceProfile>
  /** Rejects with a sentence where a run of this model, with an adapter of this rank, cannot be moved there as it stands. */
  takes(server: Server, model: string, rank: number): Promise<void>
}

/** What is needed of a server's host beyond a host: how its engine does things. */
export type RemoteHost = Host & { engine(model: string, rank: number): Promise<{ route: string }> }

/** Milliseconds of pauses after which a server that is only asked for counts as silent. */
const PATIENCE = 2000

/** @param connect makes a server's host, which gives a request up after `patience`; nothing is asked of the server by that */
export function createPlaces(tab: Host, connect: (server: Server, patience?: number) => Promise<RemoteHost>): Places {
  let [server, target] = [undefined as Server | undefined, tab]
  const host: Host = {
    describe: (...given) => target.describe(...given),
    plan: (...given) => target.plan(...given),
    open: (...given) => target.open(...given),
    profile: () => target.profile(),
    file: (...given) => target.file(...given),
    prove(...given) {
      if (target.prove) return target.prove(...given)
      return Promise.reject(new Error(say`models on a server are not compared from here; compute in this tab to compare them.`))
    },
    close: () => target.close(),
  }
  return {
    host,
    get server() {
      return server
    },
    async use(next) {
      const profile = await (next ? await connect(next, PATIENCE) : tab).profile()
      const there = next ? await connect(next) : tab
      ;[server, target] = [next, there]
      return profile
    },
    ask: async (asked) => (await connect(asked, PATIENCE)).profile(),
    async takes(asked, model, rank) {
      const there = await connect(asked)
      await there.describe(model)
      if ((await there.engine(model, rank)).route !== 'own')
        throw new Error(say`${asked.url} takes no checkpoints over the wire: a run can begin there, but one that has begun cannot move there.`)
    },
  }
}

/** An address as it was printed or typed, its token in the fragment (`http://localhost:7860/#token=tml-…`). Throws a sentence. */
export function readServer(text: string): Server {
  const trimmed = text.trim()
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new Error(say`“${trimmed}” is no address of a server: write the one that npm run serve printed, such as http://localhost:7860/#token=tml-….`)
  const key = new URLSearchParams(url.hash.slice(1)).get('token') ?? undefined
  url.hash = ''
  return { url: url.href.replace(/\/+$/, ''), key }
}
