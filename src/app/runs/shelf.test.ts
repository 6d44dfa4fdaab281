import { describe, expect, it } from 'vitest'
import { createFakeHost } from '../../policy/fake'
import { evaluationOf, checkpointOf, reportOf } from '../../runs/library/contract.fixture'
import { newEntry } from '../../runs/library/entry'
import { memoryLibrary } from '../../runs/library/open'
import { parseSpec } from '../../runs/spec'
import { defaultDraft } from '../draft'
import { createPlayer } from '../player'
import { createPageStore } from '../store'
import { createShelf } from './shelf'

function shelfOf(library = memoryLibrary()) {
  const store = createPageStore(defaultDraft())
  const player = createPlayer(createFakeHost(), store, {}, Promise.resolve(library))
  const shelf = createShelf(Promise.resolve(library), store, player)
  const add = async (seed: number, step?: number, more = {}) => {
    const entry = newEntry(parseSpec({ seed, steps: 9 }), await library.list(), { updated: seed, ...more })
    await library.put({ entry, reports: [reportOf(1), reportOf(2)], evaluations: [evaluationOf(0)] }, { checkpoint: step === undefined ? undefined : checkpointOf(step) })
    return entry.id
  }
  return { store, player, shelf, library, add, view: () => store.getState().library }
}

describe('the shelf', () => {
  it('offers the newest run that nobody ended and that can go on, unless another tab writes it', async () => {
    const { shelf, view, add, library } = shelfOf()
    await add(1)
    const id = await add(2, 2)
    await add(3, 9)
    await add(4, 2, { state: 'stopped' })
    await shelf.refresh()
    expect([view().entries.length, view().offer?.id]).toEqual([4, id])
    const other = shelfOf(library)
    const release = await library.claim(id)
    await other.shelf.refresh()
    expect(other.view().offer).toBeUndefined()
    await other.shelf.open(id)
    expect(other.view().notice).toMatch(/is being written by another tab.*read only/)
    await other.shelf.goOn(id)
    expect(other.view().notice).toMatch(/^This run is being written by another tab/)
    await release!()
  })

  it('removes a run, and brings it back', async () => {
    const { shelf, view, add, library } = shelfOf()
    const [first, second] = [await add(1, 2), await add(2)]
    await shelf.refresh()
    shelf.compare(first, true)
    await shelf.remove(first)
    expect([view().entries.map(({ id }) => id), view().compared, view().offer, view().removed?.id]).toEqual([[second], [], undefined, first])
    await shelf.undo()
    expect(view().entries).toHaveLength(2)
    const release = await library.claim(first)
    await shelf.remove(first)
    expect([view().entries.length, view().notice]).toEqual([2, 'This run is going on; reset it before you remove it.'])
    await release!()
  })

  it('takes files in by their content, and says in a sentence what it cannot take', async () => {
    const { shelf, store, view, add, library } = shelfOf()
    const { writeRunFile } = await import('../../runs/library/runfile')
    const { writeRecording } = await import('../../runs/library/recording')
    const kept = await library.read(await add(1, 2), 'whole')
    const file = (bytes: Uint8Array | string) => new File([bytes as BlobPart], 'x')
    await shelf.take(file(writeRunFile(kept, { checkpoint: checkpointOf(2) })))
    expect(view().entries.map(({ step, checkpoint }) => [step, checkpoint?.step])).toEqual([[2, 2], [2, 2]])
    expect(store.getState().viewing).toMatchObject({ at: 2, last: 2 })
    await shelf.take(file(writeRecording({ name: 'a recording', spec: kept.entry.spec, reports: kept.reports, evaluations: kept.evaluations })))
    expect(store.getState().viewing).toMatchObject({ at: 0, last: 2, run: { name: 'a recording' } })
    await shelf.take(file(checkpointOf(3)))
    expect(view().entries[0]).toMatchObject({ step: 3, state: 'stopped' })
    await shelf.take(file('{"steps": 77}'))
    expect(store.getState()).toMatchObject({ viewing: undefined, state: 'idle', draft: { steps: 77 } })
    await shelf.take(file('hello'))
    expect(view().notice).toMatch(/^The file x is nothing that this page reads/)
  })
})
