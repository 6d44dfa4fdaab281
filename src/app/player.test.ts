import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../policy/fake'
import { DeviceLost, type Host } from '../policy/host'
import { defaultDraft, write } from './draft'
import { createPlayer } from './player'
import { memoryLibrary } from '../runs/library/open'
import type { RunLibrary } from '../runs/library/library'
import { createPageStore, type PageStore } from './store'

const QUICK = {
  steps: 3,
  evaluation: { problems: 4, every: 0 },
  algorithm: { name: 'grpo', questions: 2, num_generations: 3, max_completion_length: 22 },
}

const LONG = { ...QUICK, steps: 6, evaluation: { problems: 4, every: 2 } }

/** What the page shows of a run, without times. */
function told(store: PageStore) {
  const { reports, evaluations } = store.getState()
  return {
    reports: reports.map(({ tokens: _, ...report }) => ({ ...report, metrics: { ...report.metrics, step_time: 0 } })),
    evaluations: evaluations.map((evaluation) => ({ ...evaluation, seconds: 0 })),
  }
}

function page(host: Host = createFakeHost(), library?: Promise<RunLibrary>) {
  const store = createPageStore(defaultDraft())
  return { store, player: createPlayer(host, store, {}, library) }
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

  it('gives way to the form where the model was only opened to be asked, and keeps a run that has begun', async () => {
    const { store, player } = page()
    store.setState({ draft: write(defaultDraft(), 'evaluation.problems', 0) })
    const asked = await player.prepare(store.getState().draft)
    await asked.aside(() => Promise.resolve())
    expect(store.getState().state).toBe('paused')
    store.setState({ draft: write(store.getState().draft, 'algorithm.questions', 2) })
    await player.step()
    expect(store.getState().spec?.algorithm).toMatchObject({ questions: 2 })
    expect(store.getState().reports[0]!.groups).toHaveLength(2)
    store.setState({ draft: write(store.getState().draft, 'algorithm.questions', 3) })
    await player.step()
    expect(store.getState().reports.map(({ groups }) => groups.length)).toEqual([2, 2])
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

  /** A host whose policies fail at the third step, the first `times` of them. */
  const failing = (times: number, error: Error): Host => {
    const host = createFakeHost()
    let opened = 0
    return {
      ...host,
      async open(...given) {
        const policy = await host.open(...given)
        const fails = ++opened <= times
        let steps = 0
        return new Proxy(policy, {
          get(target, key) {
            if (key === 'step' && fails && ++steps > 2) return () => Promise.reject(error)
            const value: unknown = Reflect.get(target, key, target)
            return typeof value === 'function' ? (value.bind(target) as unknown) : value
          },
        })
      },
    }
  }

  it('goes on from the last checkpoint after a failure, with the curves that led there', async () => {
    const { store, player } = page(failing(1, new Error('the grader broke')))
    const run = await player.prepare({ ...QUICK, steps: 4 })
    run.play()
    await expect(run.done).rejects.toThrow('the grader broke')
    expect(store.getState()).toMatchObject({ state: 'failed', failure: 'the grader broke' })
    await player.recover()
    await player.run!.done
    expect(store.getState().state).toBe('done')
    expect(store.getState().reports.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(store.getState().evaluations.map(({ step }) => step)).toEqual([0, 4])
  })

  it('goes on by itself after a lost device, says so, and keeps every row once', async () => {
    const library = memoryLibrary()
    const { store, player } = page(failing(2, new DeviceLost('the GPU was lost.')), Promise.resolve(library))
    const run = await player.prepare(LONG)
    run.play()
    await run.done
    await until(store, ({ state }) => state === 'done')
    const { reports, evaluations, library: view } = store.getState()
    expect([reports.map(({ step }) => step), evaluations.map(({ step }) => step)]).toEqual([[1, 2, 3, 4, 5, 6], [0, 2, 4, 6]])
    expect(view.notice).toMatch(/the GPU was lost\. The run goes on from step \d/)
    const kept = await library.read((await library.list())[0]!.id)
    expect([kept.reports.map(({ step }) => step), kept.evaluations.map(({ step }) => step)]).toEqual([[1, 2, 3, 4, 5, 6], [0, 2, 4, 6]])
  })

  it('writes what it shows, and goes on with a run of the library as if it had never stopped', async () => {
    const whole = await (async () => {
      const { store, player } = page()
      await player.prepare(LONG)
      await player.play()
      await player.run!.done
      return told(store)
    })()

    const library = memoryLibrary()
    const first = page(createFakeHost(), Promise.resolve(library))
    const run = await first.player.prepare(LONG)
    for (const _ of [1, 2, 3]) await first.player.step()
    await first.player.reset()
    const [entry] = await library.list()
    expect(entry).toMatchObject({ state: 'stopped', step: 3, checkpoint: { step: 3 }, place: 'a fake policy, no GPU, a software adapter' })
    expect(run.state).toBe('paused')

    // a later step was written before the page went, and its checkpoint was not
    await library.append(entry!.id, { report: { step: 4, metrics: { reward: -9 }, groups: [], resumable: true } })
    const second = page(createFakeHost(), Promise.resolve(library))
    await second.player.goOn(entry!.id)
    await second.player.run!.done
    await until(second.store, ({ state }) => state === 'done')
    expect(told(second.store)).toEqual(whole)
    const kept = await library.read(entry!.id)
    expect(kept.reports.map(({ step, groups }) => [step, groups.length])).toEqual([1, 2, 3, 4, 5, 6].map((step) => [step, 2]))
    expect(kept.evaluations.map(({ step }) => step)).toEqual([0, 2, 4, 6])
    await second.player.reset()
    expect((await library.list())[0]).toMatchObject({ state: 'done', adapter: ['adapter_config.json', 'adapter_model.safetensors'] })
  })

  it('lets one page write a run; another may only look', async () => {
    const library = memoryLibrary()
    const first = page(createFakeHost(), Promise.resolve(library))
    await first.player.prepare(LONG)
    await first.player.step()
    const [entry] = await library.list()
    const second = page(createFakeHost(), Promise.resolve(library))
    await expect(second.player.goOn(entry!.id)).rejects.toThrow('another tab')
    const { reports, evaluations } = await library.read(entry!.id)
    await second.player.show({ id: entry!.id, name: entry!.name, spec: entry!.spec, reports, evaluations })
    expect(second.store.getState()).toMatchObject({ state: 'done', viewing: { at: 1, last: 1 } })
    second.player.replay.seek(0)
    expect([second.store.getState().reports.length, second.store.getState().evaluations.length]).toEqual([0, 1])
    // the transport's words mean the scrubber while it is there
    await second.player.step()
    expect(second.store.getState()).toMatchObject({ state: 'done', viewing: { at: 1 } })
    await second.player.toggle()
    expect(second.store.getState()).toMatchObject({ state: 'running', viewing: { at: 0, playing: true } })
    await until(second.store, ({ viewing }) => viewing?.at === 1)
    await second.player.reset()
    expect(second.store.getState()).toMatchObject({ state: 'idle', viewing: undefined, reports: [] })
    expect(second.player.run).toBeUndefined()
  })

  it('refuses a wrong spec without touching the run on the page', async () => {
    const { player } = page()
    const run = await player.prepare(QUICK)
    await expect(player.prepare({ steps: 0 })).rejects.toThrow(/steps/)
    expect(player.run).toBe(run)
  })
})
