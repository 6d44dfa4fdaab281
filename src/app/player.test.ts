import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../policy/fake'
import { DeviceLost, type Host } from '../policy/host'
import { defaultDraft, write } from './draft'
import { createPlayer } from './player'
import { createPageStore, type PageStore } from './store'

const QUICK = {
  steps: 3,
  evaluation: { problems: 4, every: 0 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 3, max_completion_length: 22 },
}

function page(host: Host = createFakeHost()) {
  const store = createPageStore(defaultDraft())
  return { store, player: createPlayer(host, store) }
}

/** Resolves when the store's value holds; the test's own limit ends a wait in vain. */
function until(store: PageStore, holds: (state: ReturnType<PageStore['getState']>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.subscribe((state) => {
      if (!holds(state)) return
      stop()
      resolve()
    })
  })
}

describe('the player', () => {
  it('plays a spec to its end and shows what the run told', async () => {
    const { store, player } = page()
    const run = await player.prepare(QUICK)
    run.play()
    await run.done
    const { state, reports, evaluations, live, spec, info } = store.getState()
    expect(state).toBe('done')
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3])
    expect(evaluations.map(({ step }) => step)).toEqual([0, 3])
    expect([live, spec?.steps, info?.model]).toEqual([[], 3, run.spec.model])
  })

  it('steps once from idle, shows the groups while they grow, and holds', async () => {
    const { store, player } = page()
    store.setState({ draft: write(defaultDraft(), 'evaluation.problems', 0) })
    const seen = new Set<number>()
    store.subscribe(({ live }) => { for (const group of live) seen.add(group.question) })
    await player.step()
    expect(store.getState().state).toBe('paused')
    expect(store.getState().reports).toHaveLength(1)
    expect([...seen].sort()).toEqual([0, 1, 2, 3])
    await player.step()
    expect(store.getState().reports.map(({ step }) => step)).toEqual([1, 2])
  })

  it('clears all that the run told on reset, keeps the settings, and hears no late word of the old run', async () => {
    const { store, player } = page(createFakeHost({ delay: 1 }))
    await player.prepare(QUICK)
    const running = until(store, ({ live }) => live.length > 0)
    await player.play()
    await running
    await player.reset()
    expect(player.run).toBeUndefined()
    expect(store.getState()).toMatchObject({ state: 'idle', reports: [], evaluations: [], live: [], draft: { steps: 3 } })
    await new Promise((wake) => setTimeout(wake, 60))
    expect(store.getState()).toMatchObject({ state: 'idle', live: [], reports: [] })
  })

  it('opens one model, however often play is pressed', async () => {
    const host = createFakeHost()
    let opened = 0
    const { store, player } = page({ ...host, open: (...given) => { opened++; return host.open(...given) } })
    store.setState({ draft: write(defaultDraft(), 'steps', 1) })
    await Promise.all([player.play(), player.play(), player.play()])
    await player.run!.done
    expect(opened).toBe(1)
  })

  it('says what is wrong with the settings, or why the run failed, in the words of the error', async () => {
    const { store, player } = page({ ...createFakeHost(), open: () => Promise.reject(new Error('the model is not there')) })
    store.setState({ draft: write(defaultDraft(), 'adapter.rank', -1) })
    await player.play()
    expect(store.getState().complaint).toMatch(/rank.*-1/)
    store.setState({ draft: defaultDraft() })
    const failed = until(store, ({ state }) => state === 'failed')
    await player.play()
    await failed
    expect(store.getState().failure).toBe('the model is not there')
    expect(store.getState().complaint).toBeUndefined()
  })

  it('goes on from the last checkpoint after a failure, with the curves that led there', async () => {
    const host = createFakeHost()
    let losing = true
    const { store, player } = page({
      ...host,
      async open(...given) {
        const policy = await host.open(...given)
        let steps = 0
        return new Proxy(policy, {
          get(target, key) {
            if (key === 'step' && losing && ++steps > 2) return () => Promise.reject(new DeviceLost('the GPU was lost'))
            const value: unknown = Reflect.get(target, key, target)
            return typeof value === 'function' ? (value.bind(target) as unknown) : value
          },
        })
      },
    })
    const run = await player.prepare({ ...QUICK, steps: 4 })
    run.play()
    await expect(run.done).rejects.toThrow('the GPU was lost')
    expect(store.getState()).toMatchObject({ state: 'failed', failure: 'the GPU was lost' })
    losing = false
    await player.recover()
    await player.run!.done
    expect(store.getState().state).toBe('done')
    expect(store.getState().reports.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(store.getState().evaluations.map(({ step }) => step)).toEqual([0, 4])
  })

  it('refuses a wrong spec without touching the run on the page', async () => {
    const { player } = page()
    const run = await player.prepare(QUICK)
    await expect(player.prepare({ steps: 0 })).rejects.toThrow(/steps/)
    expect(player.run).toBe(run)
  })
})
