import { describe, expect, it, vi } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import type { Host } from '../../policy/host'
import { memoryLibrary } from '../../runs/library/open'
import { defaultDraft } from '../draft'
import { createPlayer } from '../player'
import { createPageStore } from '../store'
import { createElsewhere } from './elsewhere'
import { createPlaces, readServer, type RemoteHost } from './places'
import { forgetServer, rememberedServers, rememberServer, tokenIn } from './remember'

const SPEC = { steps: 6, evaluation: { problems: 4, every: 2 }, algorithm: { name: 'grpo', questions: 2, num_generations: 3, max_completion_length: 22 } }

function storages() {
  const kept = [new Map<string, string>(), new Map<string, string>()]
  const [local, session] = kept.map((map) => ({ getItem: (key: string) => map.get(key) ?? null, setItem: (key: string, value: string) => void map.set(key, value), removeItem: (key: string) => void map.delete(key) }))
  return { local: local!, session: session!, kept: kept[0]! }
}

/** A page over a tab and servers by address; what opens where is counted. */
function page(servers: Record<string, Partial<RemoteHost>> = {}, tab: Host = createFakeHost()) {
  const opened: string[] = []
  const counted = (name: string, host: Host): Host => ({ ...host, open: (...given) => { opened.push(name); return host.open(...given) } })
  const store = createPageStore(defaultDraft())
  const places = createPlaces(counted('tab', tab), (server) => {
    const own = servers[server.url]
    if (!own) return Promise.reject(new Error(`${server.url} does not answer`))
    return Promise.resolve({ ...counted(server.url, createFakeHost()), engine: () => Promise.resolve({ route: 'own' }), ...own })
  })
  const player = createPlayer(places.host, store, {}, Promise.resolve(memoryLibrary()))
  return { store, player, opened, places, elsewhere: createElsewhere(places, store, player) }
}

const curve = (reports: readonly { step: number; metrics: Record<string, number> }[]) => reports.map(({ step, metrics }) => ({ step, ...metrics, step_time: 0 }))
const SERVER = 'http://gpu:7860'

describe('where the page computes', () => {
  it('moves a run to a server and home, and the curve is that of the unbroken run', async () => {
    const whole = page()
    await (await whole.player.prepare(SPEC)).step()
    whole.player.run!.play()
    await whole.player.run!.done
    await vi.waitFor(() => { expect(whole.store.getState().state).toBe('done') })
    const { store, player, opened, elsewhere } = page({ [SERVER]: {} })
    await player.prepare(SPEC)
    await player.step()
    await player.step()
    await elsewhere.add(`${SERVER}/#token=tml-1`)
    await elsewhere.moveTo(SERVER)
    expect(store.getState().elsewhere).toMatchObject({ at: SERVER, trouble: undefined, moving: false })
    await player.step()
    await player.step()
    await elsewhere.moveTo(undefined)
    player.run!.play()
    await player.run!.done
    await vi.waitFor(() => { expect(store.getState().state).toBe('done') })
    expect(opened).toEqual(['tab', SERVER, 'tab'])
    expect(store.getState().moves).toEqual([2, 4])
    expect(curve(store.getState().reports)).toEqual(curve(whole.store.getState().reports))
    expect(store.getState().evaluations.map(({ step, accuracy }) => [step, accuracy])).toEqual(whole.store.getState().evaluations.map(({ step, accuracy }) => [step, accuracy]))
    expect(store.getState().library.entries).toHaveLength(1)
  })

  it('stays where it is, with a sentence, when a server is silent or takes no checkpoints', async () => {
    const { store, player, opened, elsewhere } = page({ 'http://foreign': { engine: () => Promise.resolve({ route: 'weights' }) } })
    await player.prepare(SPEC)
    await player.step()
    await elsewhere.add('http://silent')
    expect(store.getState().elsewhere.servers[0]).toMatchObject({ state: 'silent', words: 'http://silent does not answer' })
    await elsewhere.moveTo('http://silent')
    expect(store.getState().elsewhere).toMatchObject({ moving: false, trouble: 'http://silent does not answer' })
    expect(store.getState().elsewhere.at).toBeUndefined()
    await elsewhere.add('http://foreign')
    await elsewhere.moveTo('http://foreign')
    expect(store.getState().elsewhere.trouble).toContain('one that has begun cannot move there')
    await player.step()
    expect(opened).toEqual(['tab'])
    expect(store.getState().reports.map(({ step }) => step)).toEqual([1, 2])
  })

  it('takes a server by itself where it is wished or where there is no WebGPU, and says so', async () => {
    const none: Host = { ...createFakeHost(), profile: () => Promise.reject(new Error('This browser has no WebGPU')) }
    const without = page({ [SERVER]: {} }, none)
    await expect(without.elsewhere.settle(false)).rejects.toThrow('no WebGPU')
    expect(without.store.getState().device).toMatchObject({ state: 'absent' })
    const withServer = page({ [SERVER]: {} }, none)
    await withServer.elsewhere.add(SERVER)
    await withServer.elsewhere.settle(false)
    expect(withServer.store.getState()).toMatchObject({ device: { state: 'ready' }, elsewhere: { at: SERVER, notice: expect.stringContaining('gpu:7860 answers and computes instead') as string } })
    const wished = page({ [SERVER]: {} })
    await wished.elsewhere.add(SERVER)
    await wished.elsewhere.settle(true)
    expect(wished.places.server?.url).toBe(SERVER)
    const alone = page()
    await alone.elsewhere.settle(true)
    expect(alone.store.getState().elsewhere.notice).toContain('this tab computes')
  })
})

describe('servers that are known', () => {
  it('reads addresses as they are printed or typed', () => {
    expect(readServer(' http://localhost:7860/#token=tml-1 ')).toEqual({ url: 'http://localhost:7860', key: 'tml-1' })
    expect(readServer('gpu.example:7860')).toEqual({ url: 'http://gpu.example:7860', key: undefined })
    expect(() => readServer('ftp://x')).toThrow('is no address of a server')
    expect(() => readServer('')).toThrow('is no address of a server')
  })

  it('remembers addresses, and tokens for the visit alone', () => {
    const { local, session, kept } = storages()
    for (const n of [1, 2, 3, 4, 5, 6, 2]) rememberServer({ url: `http://s${n}`, key: `k${n}` }, { local, session })
    expect(rememberedServers({ local, session }).map(({ url, key }) => url + key)).toEqual(['http://s2k2', 'http://s6k6', 'http://s5k5', 'http://s4k4', 'http://s3k3'])
    forgetServer('http://s6', { local, session })
    expect(rememberedServers({ local, session: storages().session })).toEqual([2, 5, 4, 3].map((n) => ({ url: `http://s${n}`, key: undefined })))
    expect([...kept.values()].join()).not.toContain('k2')
    local.setItem('etude.servers', '{')
    expect(rememberedServers({ local, session })).toEqual([])
  })

  it('finds the token in the address of a page that a server gave, and leaves the rest', () => {
    expect(tokenIn('http://localhost:7860/#token=tml-1')).toEqual({ server: { url: 'http://localhost:7860', key: 'tml-1' }, rest: 'http://localhost:7860/' })
    expect(tokenIn('http://h/e/?run#v1&steps=3&token=t')).toEqual({ server: { url: 'http://h/e', key: 't' }, rest: 'http://h/e/?run#v1&steps=3' })
    expect(tokenIn('http://h/#v1&steps=3')).toBeUndefined()
  })
})
