/** The page's dealings with servers: which it knows, which of them answer, and moving the run there and home. All it finds is in the store. */
import type { DeviceProfile } from '../../policy/host'
import type { Player } from '../player'
import type { PageStore } from '../store'
import { say } from '../words/say'
import { readServer, type Places, type Server } from './places'
import type { ElsewhereView, KnownServer } from './view'
import { forgetServer, rememberedServers, rememberServer } from './remember'

export interface Elsewhere {
  /** Takes an address with its token, remembers it, and asks whether somebody is there; its address without the token. */
  add(text: string): Promise<string | undefined>
  forget(url: string): void
  /** Asks all that are known. */
  look(): Promise<void>
  /** Computes there from now on, in this tab where `url` is undefined; a run goes on there from the step it has made. */
  moveTo(url: string | undefined): Promise<void>
  decline(): void
  /**
   * At the beginning: finds out what computes. With `auto` a server that answers is taken first; without WebGPU here it is taken in any
   * case. Either is said. Rejects with the tab's reason where nothing computes.
   */
  settle(auto: boolean): Promise<void>
}

export function createElsewhere(places: Places, store: PageStore, player: Player): Elsewhere {
  const tell = (change: Partial<ElsewhereView>): void => { store.setState(({ elsewhere }) => ({ elsewhere: { ...elsewhere, ...change } })) }
  const note = (url: string, change: Partial<KnownServer>): void => {
    tell({ servers: store.getState().elsewhere.servers.map((one) => (one.url === url ? { ...one, ...change } : one)) })
  }
  const known = (url: string): KnownServer | undefined => store.getState().elsewhere.servers.find((one) => one.url === url)
  tell({ servers: rememberedServers().map((server) => ({ ...server, state: 'asking' })) })

  async function ask(server: Server): Promise<void> {
    try {
      const { name } = await places.ask(server)
      note(server.url, { state: 'there', words: name })
    } catch (error) {
      note(server.url, { state: 'silent', words: sentence(error) })
    }
  }

  async function look(): Promise<void> {
    await Promise.all(store.getState().elsewhere.servers.map(ask))
  }

  async function move(server: Server | undefined): Promise<void> {
    const { spec, reports, state } = store.getState()
    const begun = spec !== undefined && player.run !== undefined && state !== 'done'
    if (server && begun && reports.length > 0) await places.takes(server, spec.model, spec.adapter.rank)
    let profile: DeviceProfile | undefined
    const swap = async () => { profile = await places.use(server) }
    await (begun ? player.rehost(swap) : swap())
    store.setState({ device: { state: 'ready', profile: profile! } })
  }

  return {
    async add(text) {
      try {
        const server = readServer(text)
        rememberServer(server)
        const others = store.getState().elsewhere.servers.filter(({ url }) => url !== server.url)
        tell({ servers: [{ ...server, key: server.key ?? known(server.url)?.key, state: 'asking' }, ...others], trouble: undefined, declined: false })
        await ask(known(server.url)!)
        return server.url
      } catch (error) {
        tell({ trouble: sentence(error) })
        return undefined
      }
    },
    forget(url) {
      forgetServer(url)
      tell({ servers: store.getState().elsewhere.servers.filter((one) => one.url !== url) })
    },
    look,
    async moveTo(url) {
      tell({ moving: true, trouble: undefined })
      try {
        await move(url === undefined ? undefined : known(url))
        tell({ at: url })
      } catch (error) {
        tell({ trouble: sentence(error) })
      } finally {
        tell({ moving: false })
      }
    },
    decline: () => { tell({ declined: true, notice: undefined }) },
    async settle(auto) {
      const there = async (): Promise<KnownServer | undefined> => {
        await look()
        return store.getState().elsewhere.servers.find(({ state }) => state === 'there')
      }
      const take = async ({ url, key }: KnownServer, notice: string): Promise<void> => {
        await move({ url, key })
        tell({ at: url, notice })
      }
      const wished = auto ? await there() : undefined
      if (wished) return take(wished, say`${new URL(wished.url).host} answers, so it computes, as this address wishes.`)
      try {
        const profile = await places.host.profile()
        store.setState({ device: { state: 'ready', profile } })
        if (auto) tell({ notice: say`No server that this page knows answers, so this tab computes.` })
      } catch (error) {
        const other = auto ? undefined : await there()
        if (other) return take(other, say`This tab has no WebGPU; ${new URL(other.url).host} answers and computes instead.`)
        store.setState({ device: { state: 'absent', why: sentence(error) } })
        throw error
      }
    },
  }
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What of a run leaves this tab, in words; prompts and graders of a task stay here. */
export function whatIsSent(model: string): string {
  return say`Sent are token numbers of prompts and answers, slopes of the loss, and the adapter; ${model} itself is the server’s own. Graders, rewards and curves stay here.`
}
