import { describe, expect, it } from 'vitest'
import { parseSpec } from '../spec'
import { memoryBase } from './base'
import { tableFiles } from './blobs'
import { checkLibrary, checkpointOf, reportOf } from './contract.fixture'
import { nameOf, newEntry } from './entry'
import { createKeeper } from './keeper'
import { createLibrary } from './create'
import type { RunLibrary } from './library'
import { memoryLibrary } from './open'

describe('the library of runs', () => {
  it('does in memory what every library does', () => checkLibrary(memoryLibrary()))

  it('goes back to the older checkpoint where the newer one is damaged, and says when both are', async () => {
    const base = memoryBase()
    const files = tableFiles(base)
    const library = createLibrary(base, { files, claim: () => Promise.resolve(() => Promise.resolve()) })
    const entry = newEntry(parseSpec({}), [])
    await library.add(entry)
    expect(await library.checkpoint(entry.id)).toBeUndefined()
    for (const step of [1, 2]) await library.append(entry.id, { report: reportOf(step), checkpoint: checkpointOf(step) })
    await files.put(entry.id, 'checkpoint-0', new Uint8Array([1]))
    await files.put(entry.id, 'checkpoint-1', checkpointOf(2).slice(0, -1))
    await expect(library.checkpoint(entry.id)).rejects.toThrow(/both checkpoints/)
    await files.put(entry.id, 'checkpoint-0', checkpointOf(1) as Uint8Array<ArrayBuffer>)
    const slot = (await library.read(entry.id)).entry.checkpoint!.slot
    await files.put(entry.id, `checkpoint-${slot}`, new Uint8Array([1]))
    await files.put(entry.id, `checkpoint-${1 - slot}`, checkpointOf(1) as Uint8Array<ArrayBuffer>)
    expect(await library.checkpoint(entry.id)).toEqual(checkpointOf(1))
  })

  it('names runs by what they are, and tells equal ones apart', () => {
    const spec = parseSpec({ seed: 4, model: 'owner/Small-1B' })
    expect(nameOf(spec)).toBe('GRPO on Ledger by Small-1B, seed 4')
    const first = newEntry(spec, [])
    const second = newEntry(spec, [first])
    expect([second.name, second.colour]).toEqual([`${first.name} (2)`, 1])
  })
})

describe('the pen of a run', () => {
  const start = async (library: RunLibrary, more: Partial<Parameters<typeof createKeeper>[0]> = {}) => {
    const entry = newEntry(parseSpec({}), await library.list())
    return { entry, keeper: createKeeper({ library, entry, known: false, ...more }) }
  }

  it('passes on only what is written, in order', async () => {
    const library = memoryLibrary()
    const { entry, keeper } = await start(library)
    const seen: number[][] = []
    for (const step of [1, 2, 3]) {
      keeper.report(reportOf(step), undefined, () => {
        void library.read(entry.id).then(({ reports }) => seen.push(reports.map((report) => report.step)))
      })
    }
    await keeper.idle()
    await library.list()
    expect(seen.map((steps, i) => steps.slice(0, i + 1))).toEqual([[1], [1, 2], [1, 2, 3]])
  })

  it('says once that a run is not kept any more, and lets it go on', async () => {
    const full = Object.assign(new Error('full'), { name: 'QuotaExceededError' })
    const library: RunLibrary = { ...memoryLibrary(), append: () => Promise.reject(full) }
    const [trouble, shown]: [string[], number[]] = [[], []]
    const { keeper } = await start(library, { onTrouble: (words) => trouble.push(words) })
    for (const step of [1, 2]) keeper.report(reportOf(step), undefined, () => shown.push(step))
    await keeper.idle()
    expect(shown).toEqual([1, 2])
    expect(trouble).toHaveLength(1)
    expect(trouble[0]).toMatch(/not kept any further .*full/)
    expect(keeper.due()).toBe(false)
  })

  it('asks for checkpoints every few seconds, and warns once before there is no room', async () => {
    let clock = 0
    const library: RunLibrary = { ...memoryLibrary(), room: () => Promise.resolve({ used: 95e6, quota: 100e6 }) }
    const trouble: string[] = []
    const { keeper } = await start(library, { now: () => clock, onTrouble: (words) => trouble.push(words) })
    expect(keeper.due()).toBe(false)
    clock = 5001
    expect(keeper.due()).toBe(true)
    keeper.report(reportOf(1), Promise.resolve(checkpointOf(1)), () => undefined)
    expect(keeper.due()).toBe(false)
    keeper.note({ checkpoint: Promise.resolve(checkpointOf(1)) })
    await keeper.idle()
    expect(trouble).toEqual(['This browser keeps 100 MB for the page, and 95 MB are used: remove runs or models that you no longer need.'])
  })
})
