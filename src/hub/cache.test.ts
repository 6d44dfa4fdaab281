import { fork } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Cache } from './cache'
import { piecesCache, storageBlobs } from './cache-browser'
import { diskCache } from './cache-disk'
import { lockFile } from './lock-disk'

const top = mkdtempSync(join(tmpdir(), 'etude-cache-'))
afterAll(() => rmSync(top, { recursive: true }))
let count = 0
const fresh = () => join(top, String(count++))

/** What Cache Storage does, in memory. */
function memoryStorage() {
  const kept = new Map<string, Response>()
  return {
    match: (url: string) => Promise.resolve(kept.get(url)?.clone()),
    put: (url: string, response: Response) => Promise.resolve(void kept.set(url, response)),
    delete: (url: string) => Promise.resolve(kept.delete(url)),
    keys: () => Promise.resolve([...kept.keys()].map((url) => new Request(url))),
  } as unknown as globalThis.Cache
}
const freeLocks = {
  request: (_: string, __: unknown, work: (lock: object) => unknown) => Promise.resolve(work({})),
} as unknown as LockManager

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 253)
const makers: [string, () => Cache][] = [
  ['a folder', () => diskCache(fresh())],
  ['Cache Storage', () => piecesCache(storageBlobs(memoryStorage()), freeLocks)],
]

describe.each(makers)('a cache in %s', (_, make) => {
  it('keeps a file that comes in pieces', async () => {
    const cache = make()
    expect(await cache.find('k')).toBeUndefined()
    const part = await cache.part('k')
    const buffer = bytes.slice(0, 2000)
    await part.append(buffer)
    buffer.fill(0) // the caller's own again
    await part.append(bytes.subarray(2000, 2001))
    expect(await part.read(1999, 2)).toEqual(bytes.slice(1999, 2001))
    expect([await cache.find('k'), await cache.list()]).toEqual([undefined, [{ key: 'k', bytes: 2001, whole: false }]])
    const again = await cache.part('k')
    expect(again.bytes).toBe(2001)
    await again.append(bytes.subarray(2001))
    await again.seal()
    const whole = await cache.find('k')
    expect(whole?.bytes).toBe(5000)
    expect(await whole?.read(0, 5000)).toEqual(bytes)
    expect(await whole?.read(1990, 30)).toEqual(bytes.slice(1990, 2020))
    await expect(whole?.read(4999, 2)).rejects.toThrow('download')
    expect(await cache.list()).toEqual([{ key: 'k', bytes: 5000, whole: true }])
    await cache.remove('k')
    await cache.remove('never')
    expect([await cache.find('k'), await cache.list()]).toEqual([undefined, []])
  })

  it('keeps an empty file, and drops a part', async () => {
    const cache = make()
    await (await cache.part('empty')).seal()
    expect((await cache.find('empty'))?.bytes).toBe(0)
    const part = await cache.part('k')
    await part.append(bytes)
    await part.drop()
    expect(part.bytes).toBe(0)
    expect((await cache.list()).map(({ key }) => key)).toEqual(['empty'])
    await part.append(bytes.subarray(7, 9))
    await part.seal()
    expect(await (await cache.find('k'))!.read(0, 2)).toEqual(bytes.slice(7, 9))
  })

  it('keeps notes', async () => {
    const cache = make()
    expect([await cache.notes(), await cache.note('a/b@c')]).toEqual([[], undefined])
    await cache.setNote('a/b@c', 'old')
    await cache.setNote('a/b@c', 'é')
    expect([await cache.notes(), await cache.note('a/b@c')]).toEqual([['a/b@c'], 'é'])
    await cache.setNote('a/b@c', undefined)
    expect(await cache.notes()).toEqual([])
  })
})

describe('a folder', () => {
  it('believes its journal, not what a crash left behind', async () => {
    const folder = fresh()
    await (await diskCache(folder).part('k')).append(bytes.subarray(0, 100))
    const path = join(folder, 'files', 'k.part')
    appendFileSync(path, 'torn')
    const part = await diskCache(folder).part('k')
    expect(part.bytes).toBe(100)
    await part.append(bytes.subarray(100, 102))
    expect(await part.read(98, 4)).toEqual(bytes.slice(98, 102))
    truncateSync(path, 50)
    expect((await diskCache(folder).part('k')).bytes).toBe(50)
  })
})

describe('a lock', () => {
  const times = { touch: 50, stale: 400, look: 5 }

  it('lets one work at a time', async () => {
    const path = fresh()
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((done) => setTimeout(done, 5))
      inside--
    }
    await Promise.all(Array.from({ length: 8 }, () => lockFile(path, work, undefined, undefined, times)))
    expect([most, existsSync(path)]).toEqual([1, false])
    await expect(lockFile(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(path)).toBe(false)
  })

  it('of a process that is no more is broken; of one that lives it is not', async () => {
    const path = fresh()
    const child = fork('-e', [], { execArgv: ['-e', ''], stdio: 'ignore' })
    await new Promise((done) => child.on('exit', done))
    const { hostname } = await import('node:os')
    writeFileSync(path, `${hostname()} ${child.pid} x`)
    expect(await lockFile(path, () => Promise.resolve(1), undefined, undefined, times)).toBe(1)

    writeFileSync(path, `${hostname()} ${process.pid} x`)
    const stop = new AbortController()
    let waited = false
    const waiting = lockFile(path, () => Promise.resolve(2), stop.signal, () => (waited = true), { ...times, stale: 60_000 })
    setTimeout(() => stop.abort(new Error('paused')), 60)
    await expect(waiting).rejects.toThrow('paused')
    expect(waited).toBe(true)

    writeFileSync(path, 'elsewhere 1 x')
    const old = new Date(Date.now() - 1000)
    utimesSync(path, old, old)
    expect(await lockFile(path, () => Promise.resolve(3), undefined, undefined, times)).toBe(3)
  })
})
