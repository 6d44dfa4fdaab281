import { describe, expect, it } from 'vitest'
import { defaultDraft } from './draft'
import { createGate } from './gate'
import { createPageStore } from './store'

const WHERE = 'https://api.example.org'

describe('the gate', () => {
  it('asks once for each server, and keeps its key for it alone', async () => {
    const store = createPageStore(defaultDraft())
    const { tools } = createGate(store)
    const ask = async () => tools.allow!(WHERE, 'completions')
    const both = [ask(), ask()]
    expect(store.getState().questions.map(({ where, what }) => [where, what])).toEqual([[WHERE, 'completions']])
    store.getState().questions[0]!.answer(true, 'secret')
    expect(await Promise.all(both)).toEqual([true, true])
    expect(store.getState().questions).toEqual([])
    expect(await tools.allow!(WHERE, 'completions')).toBe(true)
    expect([tools.key!(WHERE), tools.key!('https://elsewhere.org')]).toEqual(['secret', undefined])
  })

  it('asks again after a no', async () => {
    const store = createPageStore(defaultDraft())
    const { tools } = createGate(store)
    const first = tools.allow!(WHERE, 'completions')
    store.getState().questions[0]!.answer(false, 'secret')
    expect(await first).toBe(false)
    expect(tools.key!(WHERE)).toBeUndefined()
    void tools.allow!(WHERE, 'completions')
    expect(store.getState().questions).toHaveLength(1)
  })

  it('takes an agreement of a script, for the address’s server', async () => {
    const store = createPageStore(defaultDraft())
    const { tools, allow } = createGate(store)
    allow(`${WHERE}/v1`, 'secret')
    expect(await tools.allow!(WHERE, 'completions')).toBe(true)
    expect(tools.key!(WHERE)).toBe('secret')
    expect(() => { allow('example') }).toThrow('“example” is no address of a server')
  })
})
