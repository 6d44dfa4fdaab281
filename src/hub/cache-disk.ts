/**
 * Downloaded files in a folder of this computer: files/KEY; while they come files/KEY.part, with the bytes that are surely on
 * the disk in KEY.journal, and KEY.lock for whoever writes. For Node only: no browser code imports this file.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fullCache, type Cache, type Kept } from './cache'
import { lockFile } from './lock-disk'

/** ETUDE_CACHE, else ~/.cache/etude. */
export function cacheFolder(): string {
  return process.env.ETUDE_CACHE ?? join(homedir(), '.cache', 'etude')
}

export function diskCache(folder = cacheFolder()): Cache {
  const files = join(folder, 'files')
  const notes = join(folder, 'notes')
  const at = (key: string, end = '') => join(files, key + end)
  const say = (error: unknown) => (codeOf(error) === 'ENOSPC' ? fullCache(folder, error) : error)

  const kept = (path: string, bytes: number): Kept => ({
    bytes,
    async read(offset, length) {
      const file = await open(path)
      try {
        const buffer = new Uint8Array(length)
        for (let done = 0; done < length;) {
          const { bytesRead } = await file.read(buffer, done, length - done, offset + done)
          if (bytesRead === 0) throw new Error(`${path} ends at byte ${offset + done}; delete it, and download the model again.`)
          done += bytesRead
        }
        return buffer
      } finally {
        await file.close()
      }
    },
  })

  return {
    where: folder,
    async find(key) {
      const bytes = await sizeOf(at(key))
      return bytes === undefined ? undefined : kept(at(key), bytes)
    },
    async part(key) {
      await mkdir(files, { recursive: true })
      const path = at(key, '.part')
      // what the journal does not know of may be torn
      const journal = Number((await readText(at(key, '.journal'))) ?? 0)
      let bytes = Math.min(Number.isSafeInteger(journal) ? journal : 0, (await sizeOf(path)) ?? 0)
      const part = {
        ...kept(path, bytes),
        get bytes() {
          return bytes
        },
        async append(piece: Uint8Array) {
          try {
            const file = await open(path, bytes === 0 ? 'w' : 'r+')
            try {
              for (let done = 0; done < piece.length;) {
                done += (await file.write(piece, done, piece.length - done, bytes + done)).bytesWritten
              }
              await file.truncate(bytes + piece.length)
              await file.datasync()
            } finally {
              await file.close()
            }
            bytes += piece.length
            await replace(at(key, '.journal'), String(bytes))
          } catch (error) {
            throw say(error)
          }
        },
        async seal() {
          if (bytes === 0) await writeFile(path, '')
          await rename(path, at(key))
          await rm(at(key, '.journal'), { force: true })
        },
        async drop() {
          await rm(path, { force: true })
          await rm(at(key, '.journal'), { force: true })
          bytes = 0
        },
      }
      return part
    },
    async remove(key) {
      for (const end of ['', '.part', '.journal']) await rm(at(key, end), { force: true })
    },
    async list() {
      const names = (await namesIn(files)).filter((name) => !/\.(journal|lock|new)$/.test(name))
      return Promise.all(
        names.map(async (name) => ({
          key: name.replace(/\.part$/, ''),
          bytes: (await sizeOf(at(name))) ?? 0,
          whole: !name.endsWith('.part'),
        })),
      )
    },
    note: (name) => readText(join(notes, encodeURIComponent(name))),
    async setNote(name, text) {
      const path = join(notes, encodeURIComponent(name))
      if (text === undefined) return rm(path, { force: true })
      await mkdir(notes, { recursive: true })
      await replace(path, text).catch((error: unknown) => Promise.reject(say(error) as Error))
    },
    notes: async () => (await namesIn(notes)).filter((name) => !name.endsWith('.new')).map(decodeURIComponent),
    async lock(key, work, signal, onWait) {
      await mkdir(files, { recursive: true })
      return lockFile(at(key, '.lock'), work, signal, onWait)
    },
    async room() {
      await mkdir(files, { recursive: true })
      const { bavail, bsize } = await statfs(files)
      return bavail * bsize
    },
  }
}

/** Never half written: a new file takes the old one's place. */
async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}.new`
  await writeFile(fresh, text)
  await rename(fresh, path)
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await unlessMissing(stat(path)))?.size
}

async function readText(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, 'utf8'))
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessMissing(readdir(folder))) ?? []
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
