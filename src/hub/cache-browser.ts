/**
 * Downloaded files in the browser, in pieces that are written whole or not at all: in the origin's private file system (OPFS), or
 * where a page gets none, in Cache Storage. A piece is named by its file and the byte that it begins at; a file with an entry
 * `whole` is complete. Web Locks keep two tabs apart.
 */
import { fullCache, type Cache, type Kept, type Part } from './cache'

const FOLDER = 'etude-model-files'
/** Cache Storage names its entries by address; this one is nobody's. */
const ADDRESS = 'https://models.invalid/'

/** Named blobs in folders, each put there whole or not at all. */
export interface Blobs {
  where: string
  folders(): Promise<string[]>
  /** Names and bytes. */
  list(folder: string): Promise<{ name: string; bytes: number }[]>
  get(folder: string, name: string): Promise<Blob | undefined>
  put(folder: string, name: string, data: Uint8Array<ArrayBuffer> | string): Promise<void>
  remove(folder: string, name?: string): Promise<void>
}

/** undefined where the browser lets the page keep nothing (some do in private browsing). */
export async function browserCache(): Promise<Cache | undefined> {
  const blobs = (await opfs(FOLDER)) ?? (await cacheStorage())
  return blobs && piecesCache(blobs, navigator.locks)
}

const NOTES = 'notes'
const WHOLE = 'whole'

export function piecesCache(blobs: Blobs, locks: Pick<LockManager, 'request'>): Cache {
  /** The pieces that follow one another from byte 0, and their end. */
  const pieces = async (key: string) => {
    const all = (await blobs.list(key)).filter(({ name }) => name !== WHOLE)
    const sorted = all.map((piece) => ({ ...piece, start: Number(piece.name) })).sort((a, b) => a.start - b.start)
    let end = 0
    const run = sorted.filter(({ start, bytes }) => start === end && ((end += bytes), true))
    return { run, end }
  }
  const kept = (key: string, run: { name: string; start: number; bytes: number }[], bytes: number): Kept => ({
    bytes,
    async read(offset, length) {
      const buffer = new Uint8Array(length)
      let done = 0
      for (const { name, start, bytes: size } of run) {
        const at = offset + done
        if (done === length || at < start || at >= start + size) continue
        const blob = await blobs.get(key, name)
        const part = await blob?.slice(at - start, at - start + length - done).arrayBuffer()
        if (!part?.byteLength) break
        buffer.set(new Uint8Array(part), done)
        done += part.byteLength
      }
      if (done === length) return buffer
      const missing = `bytes ${offset + done} to ${offset + length}`
      throw new Error(`${blobs.where} lacks ${missing} of a file; delete the model there, and download it again.`)
    },
  })
  const put = async (folder: string, name: string, data: Uint8Array<ArrayBuffer> | string) => {
    try {
      await blobs.put(folder, name, data)
    } catch (error) {
      throw (error as Error).name === 'QuotaExceededError' ? fullCache(blobs.where, error) : error
    }
  }

  return {
    where: blobs.where,
    async find(key) {
      if (!(await blobs.get(key, WHOLE))) return undefined
      const { run, end } = await pieces(key)
      return kept(key, run, end)
    },
    async part(key) {
      const { run, end } = await pieces(key)
      let bytes = end
      const part: Part = {
        get bytes() {
          return bytes
        },
        read: (offset, length) => kept(key, run, bytes).read(offset, length),
        async append(data) {
          const name = String(bytes).padStart(15, '0')
          await put(key, name, data as Uint8Array<ArrayBuffer>)
          run.push({ name, start: bytes, bytes: data.length })
          bytes += data.length
        },
        seal: () => put(key, WHOLE, ''),
        async drop() {
          await blobs.remove(key)
          run.length = 0
          bytes = 0
        },
      }
      return part
    },
    remove: (key) => blobs.remove(key),
    async list() {
      const keys = (await blobs.folders()).filter((folder) => folder !== NOTES)
      return Promise.all(
        keys.map(async (key) => {
          const all = await blobs.list(key)
          const whole = all.some(({ name }) => name === WHOLE)
          return { key, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), whole }
        }),
      )
    },
    note: async (name) => (await blobs.get(NOTES, encodeURIComponent(name)))?.text(),
    async setNote(name, text) {
      if (text === undefined) await blobs.remove(NOTES, encodeURIComponent(name))
      else await put(NOTES, encodeURIComponent(name), text)
    },
    notes: async () => (await blobs.list(NOTES)).map(({ name }) => decodeURIComponent(name)),
    async lock(key, work, signal, onWait) {
      const name = `${FOLDER}/${key}`
      // the work is told its own signal; the lock's only ends the waiting
      const got = await locks.request(name, { ifAvailable: true }, async (lock) => (lock ? { value: await work() } : undefined))
      if (got) return got.value
      onWait?.()
      return locks.request(name, { ...(signal && { signal }) }, work)
    },
    async room() {
      const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {}
      return quota === undefined || usage === undefined ? undefined : quota - usage
    },
  }
}

/** A folder of the origin's private file system; undefined where a page gets none. */
export async function opfs(name: string): Promise<Blobs | undefined> {
  // without createWritable only a worker could write, and not whole or nothing
  if (typeof FileSystemFileHandle === 'undefined' || !('createWritable' in FileSystemFileHandle.prototype)) return undefined
  try {
    const root = await navigator.storage.getDirectory()
    return folderBlobs(await root.getDirectoryHandle(name, { create: true }))
  } catch {
    return undefined // the page is not allowed to
  }
}

/** TypeScript's library lacks the iteration. */
interface Entries {
  entries(): AsyncIterable<[string, FileSystemHandle]>
}

export function folderBlobs(root: FileSystemDirectoryHandle): Blobs {
  const open = (folder: string) => unlessMissing(root.getDirectoryHandle(folder))
  const entries = async (folder: FileSystemDirectoryHandle) => {
    const found: [string, FileSystemHandle][] = []
    for await (const entry of (folder as unknown as Entries).entries()) found.push(entry)
    return found
  }
  return {
    where: "the browser's storage for this page",
    folders: async () => (await entries(root)).map(([name]) => name),
    async list(folder) {
      const found = await open(folder)
      const files = found ? (await entries(found)).filter(([name]) => !name.endsWith('.crswap')) : []
      return Promise.all(files.map(async ([name, handle]) => ({ name, bytes: (await (handle as FileSystemFileHandle).getFile()).size })))
    },
    async get(folder, name) {
      const found = await open(folder)
      const handle = found && (await unlessMissing(found.getFileHandle(name)))
      return handle?.getFile()
    },
    async put(folder, name, data) {
      const found = await root.getDirectoryHandle(folder, { create: true })
      const handle = await found.getFileHandle(name, { create: true })
      const writable = await handle.createWritable() // takes the file's place when it is closed
      try {
        await writable.write(data)
        await writable.close()
      } catch (error) {
        await writable.abort().catch(() => undefined)
        await found.removeEntry(name).catch(() => undefined)
        throw error
      }
    },
    async remove(folder, name) {
      const found = name === undefined ? root : await open(folder)
      if (found) await unlessMissing(found.removeEntry(name ?? folder, { recursive: true }))
    },
  }
}

async function unlessMissing<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening
  } catch (error) {
    if ((error as Error).name === 'NotFoundError') return undefined
    throw error
  }
}

async function cacheStorage(): Promise<Blobs | undefined> {
  if (typeof caches === 'undefined') return undefined
  try {
    return storageBlobs(await globalThis.caches.open(FOLDER))
  } catch {
    return undefined // the page is not allowed to
  }
}

type Storage = Pick<globalThis.Cache, 'match' | 'put' | 'delete' | 'keys'>

export function storageBlobs(storage: Storage): Blobs {
  const names = async () => (await storage.keys()).map(({ url }) => url.slice(ADDRESS.length).split('/').map(decodeURIComponent))
  const at = (folder: string, name: string) => `${ADDRESS}${encodeURIComponent(folder)}/${encodeURIComponent(name)}`
  return {
    where: "the browser's storage for this page",
    folders: async () => [...new Set((await names()).map(([folder]) => folder!))],
    async list(folder) {
      const own = (await names()).filter(([each]) => each === folder)
      return Promise.all(
        own.map(async ([, name = '']) => ({ name, bytes: Number((await storage.match(at(folder, name)))?.headers.get('x-bytes') ?? 0) })),
      )
    },
    get: async (folder, name) => (await storage.match(at(folder, name)))?.blob(),
    async put(folder, name, data) {
      // what is put must not change under it: the caller fills its buffer again
      const body = typeof data === 'string' ? data : data.slice()
      await storage.put(at(folder, name), new Response(body, { headers: { 'x-bytes': String(data.length) } }))
    },
    async remove(folder, name) {
      for (const [each, other = ''] of await names()) {
        if (each === folder && (name === undefined || name === other)) await storage.delete(at(folder, other))
      }
    },
  }
}
