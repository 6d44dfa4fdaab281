import { describe, expect, it, vi } from 'vitest'
import type { StepReport } from '../../rl/report'
import { defaultDraft } from '../draft'
import type { Player } from '../player'
import { createPageStore } from '../store'
import { commandsOf } from './commands'

const report = (step: number, groups = 1): StepReport => ({
  step,
  metrics: {},
  groups: Array.from({ length: groups }, () => ({ prompt: '', solution: '', answer: '', completions: [] })),
  resumable: true,
})

function page() {
  const store = createPageStore(defaultDraft())
  const player = { toggle: vi.fn(), step: vi.fn(), reset: vi.fn() }
  const commands = () => commandsOf({ player: player as unknown as Player, store, help: vi.fn(), present: vi.fn(), scheme: vi.fn() })
  return { store, player, named: (name: string) => commands().find((command) => command.name === name)!, commands }
}

describe('the page’s commands', () => {
  it('have keys of their own', () => {
    const keys = page().commands().map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('can do only what the page can do now', () => {
    const { store, named } = page()
    expect(named('Play').can).toBe(false) // no device yet
    store.setState({ device: { state: 'ready', profile: { name: 'x', software: false, tier: 't', limits: { maxBufferSize: 1, maxStorageBufferBindingSize: 1 }, features: [] } } })
    expect(named('Play').can).toBe(true)
    expect(named('Reset').can).toBe(false)
    store.setState({ state: 'running' })
    expect(named('Pause').can).toBe(true)
    expect(named('One step').can).toBe(false)
    expect(named('Reset').can).toBe(true)
  })

  it('go through the steps that have groups, and follow the run again at the last', () => {
    const { store, named } = page()
    store.setState({ reports: [report(1), report(2, 0), report(3), report(4)] })
    expect(named('The next step').can).toBe(false)
    named('The step before').run()
    expect(store.getState().shown.step).toBe(3)
    named('The step before').run()
    expect(store.getState().shown.step).toBe(1)
    expect(named('The step before').can).toBe(false)
    named('The next step').run()
    named('The next step').run()
    expect(store.getState().shown.step).toBe('latest')
  })
})
