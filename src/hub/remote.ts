/**
 * A model of the Hub as a repository. Its small files are downloaded when they are read. Of the others, ranges are read over
 * the line, so that a model can be looked at before it is downloaded; with `keep`, reading one downloads it first.
 */
import type { Kept } from './cache'
import { Digest } from './digest'
import { chunks, download, FileChanged, keyOf, type DownloadOptions } from './download'
import type { Hub } from './hub'
import { refuseOtherFormats, variants, writeHubId, type HubId, type Listing, type RemoteFile, type Variant } from './listing'
import type { FileProgress } from './meter'
import { backOff, LineLost, NeedsToken, wait } from './request'
import { missingFile, shortFile, type Repository } from './repository'

/** Bytes that are fetched for a smaller read: the least, and the most where reads follow one another. */
const LEAST = 2 ** 16
const MOST = 2 ** 22
/** A gap up to this many bytes is sooner fetched than left out: what comes during the time of one request. */
const NEAR = 2 ** 19
/** Bytes that are held for the next small reads. */
const HELD = 2 ** 24
/** Files up to this size are taken whole. */
const SMALL = 32 * 2 ** 20

export interface RemoteRepository extends Repository {
  listing(): Promise<Listing>
  /** The ONNX files in it, smallest first. */
  variants(): Promise<Variant[]>
  /** Brings files into the cache; rejects where there is none. Aborting pauses. */
  download(paths: readonly string[], options?: DownloadOptions): Promise<void>
  /** Bytes of these files that are not in the cache. */
  missing(paths: readonly string[]): Promise<number>
  /** Deletes what is there of these files and is not whole. */
  discard(paths: readonly string[]): Promise<void>
  /** From now on, reading a file downloads it whole first. */
  keep: boolean
  /** Stops the downloads that reading began: those reads reject with an AbortError, and what has come is kept. */
  pause(): void
}

export function openRemote(hub: Hub, hubId: HubId, onProgress?: (progress: FileProgress) => void): RemoteRepository {
  const id = writeHubId(hubId)
  let listed: Promise<Listing> | undefined
  let stopper = new AbortController()
  const listing = (): Promise<Listing> => {
    const onWait = (why: string) => onProgress?.({ file: 'the list of files', loaded: 0, total: 0, doing: 'waiting', why })
    listed ??= hub.listing(hubId, { onWait }).catch((error: unknown) => {
      listed = undefined // may be asked for again
      throw error
    })
    return listed
  }
  const find = async (path: string): Promise<RemoteFile | undefined> => {
    const { files } = await listing()
    const file = files.find((each) => each.path === path)
    if (!file && path.endsWith('.onnx')) refuseOtherFormats(id, files.map((each) => each.path))
    return file
  }
  const get = async (path: string): Promise<RemoteFile> => {
    const file = await find(path)
    if (!file) throw missingFile(id, path)
    return file
  }
  const found = new Map<string, Kept>()
  const kept = async (file: RemoteFile): Promise<Kept | undefined> => {
    const key = keyOf(await listing(), file)
    const whole = found.get(key) ?? (await hub.cache?.find(key))
    if (whole) found.set(key, whole)
    return whole
  }
  const small = aheadReader((file, offset, length) => range(file, offset, length))

  /** Exactly these bytes, over the line. */
  async function range(file: RemoteFile, offset: number, length: number): Promise<Uint8Array> {
    for (let failures = 1; ; failures++) {
      const response = await hub.get(await listing(), file, offset, length)
      try {
        if (response.status === 416) throw shortFile(id, file.path, offset, length, file.bytes)
        if (response.status !== 206 && !(offset === 0 && length === file.bytes)) {
          throw new Error(`${hub.host} does not send parts of ${file.path} (${id}); download it first.`)
        }
        // into one buffer as they come: a body's own would be a second one beside it
        const bytes = new Uint8Array(length)
        let came = 0
        for await (const part of chunks(response, hub.patience.silence)) {
          if (came + part.length <= length) bytes.set(part, came)
          came += part.length
        }
        if (came === length) return bytes
        throw new TypeError(`${came} of ${length} bytes came`)
      } catch (error) {
        await response.body?.cancel().catch(() => undefined)
        if (!(error instanceof TypeError || error instanceof LineLost)) throw error
        if (failures >= hub.patience.tries) {
          const why = `${file.path} of ${id} cannot be read from ${hub.host} (${error.message}); check the connection.`
          throw new LineLost(why, { cause: error })
        }
        await wait(backOff(hub.patience, failures))
      }
    }
  }

  async function downloadAll(paths: readonly string[], options: DownloadOptions = {}): Promise<void> {
    const { cache } = hub
    if (!cache) throw new Error(`There is no place to keep ${id}: this browser gives the page no storage; leave private browsing.`)
    const told = { ...(onProgress && { onProgress }), ...options }
    for (const path of paths) {
      for (let changes = 0; ; changes++) {
        const [from, file] = [await listing(), await get(path)]
        try {
          await download(hub, cache, from, file, told)
          break
        } catch (error) {
          if (!(error instanceof FileChanged) || changes === 20) throw error
          listed = undefined
          const same = keyOf(await listing(), await get(path)) === keyOf(from, file)
          if (same && error.certain) throw error
          if (!same) await cache.remove(keyOf(from, file))
        }
      }
    }
  }

  /** From the cache, where it is at the latest when this resolves. */
  async function brought(path: string): Promise<Kept> {
    const before = await kept(await get(path))
    if (before) return before
    await downloadAll([path], { signal: stopper.signal })
    const whole = await kept(await get(path))
    if (!whole) throw new Error(`${path} of ${id} was deleted from ${hub.cache?.where} while it was read; try again.`)
    return whole
  }

  /** Without a cache: the whole small file over the line, and its hash. */
  async function fetchWhole(file: RemoteFile): Promise<Uint8Array> {
    const bytes = file.bytes === 0 ? new Uint8Array(0) : await range(file, 0, file.bytes)
    const { hash } = file
    if (!hash) return bytes
    const digest = new Digest(hash.kind === 'git' ? 'sha1' : 'sha256')
    if (hash.kind === 'git') digest.update(new TextEncoder().encode(`blob ${file.bytes}\0`))
    if (digest.update(bytes).hex() !== hash.hex) throw new Error(`${file.path} of ${id} came with another hash than listed; try again.`)
    return bytes
  }

  const repository: RemoteRepository = {
    id,
    keep: false,
    pause() {
      stopper.abort(new DOMException(`The download of ${id} was paused`, 'AbortError'))
      stopper = new AbortController()
    },
    listing,
    list: async () => (await listing()).files,
    variants: async () => variants((await listing()).files),
    download: downloadAll,
    async missing(paths) {
      let bytes = 0
      for (const path of new Set(paths)) {
        const file = await get(path)
        if (!(await kept(file))) bytes += file.bytes
      }
      return bytes
    },
    async discard(paths) {
      for (const path of paths) {
        const file = await get(path)
        const key = keyOf(await listing(), file)
        if (!(await hub.cache?.find(key))) await hub.cache?.lock(key, async () => hub.cache?.remove(key))
      }
    },
    size: async (path) => (await get(path)).bytes,
    exists: async (path) => (await find(path)) !== undefined,
    async text(path) {
      const file = await get(path)
      if (file.bytes > SMALL) throw new Error(`${path} of ${id} has ${file.bytes} bytes, too many for a text; choose another model.`)
      if (!hub.cache) return new TextDecoder().decode(await fetchWhole(file))
      const whole = await brought(path)
      return new TextDecoder().decode(await whole.read(0, whole.bytes))
    },
    async read(path, offset, length) {
      const file = await get(path)
      if (offset + length > file.bytes) throw shortFile(id, path, offset, length, file.bytes)
      if (length === 0) return new Uint8Array(0)
      const whole = repository.keep && hub.cache ? await brought(path) : await kept(file)
      if (whole) return whole.read(offset, length)
      return length >= NEAR ? range(file, offset, length) : small(file, offset, length)
    },
  }
  return repository
}

type Reader = (file: RemoteFile, offset: number, length: number) => Promise<Uint8Array>

/**
 * Small reads out of larger ones, which grow as long as they follow one another: a scan reads the names of many small tensors
 * that lie close together, or of large ones far apart.
 */
function aheadReader(range: Reader): Reader {
  let held: { path: string; start: number; end: number; bytes: Promise<Uint8Array> }[] = []
  return async (file, offset, length) => {
    const { path } = file
    let stretch = held.find((each) => each.path === path && each.start <= offset && offset + length <= each.end)
    if (!stretch) {
      const last = held.at(-1)
      const near = last?.path === path && offset >= last.start && offset <= last.end + NEAR
      const size = Math.max(length, near ? Math.min(MOST, 2 * (last.end - last.start)) : LEAST)
      const end = Math.min(file.bytes, offset + size)
      const made = { path, start: offset, end, bytes: range(file, offset, end - offset) }
      made.bytes.catch(() => (held = held.filter((each) => each !== made)))
      held.push(made)
      while (held.length > 1 && held.reduce((sum, each) => sum + each.end - each.start, 0) > HELD) held.shift()
      stretch = made
    }
    const { start, bytes } = stretch
    return (await bytes).slice(offset - start, offset - start + length)
  }
}

/** Reading a model's files downloads them from now on; nothing to do where they are here already. Aborting pauses that. */
export function keepFiles(repository: Repository, signal?: AbortSignal): void {
  if (!('keep' in repository)) return
  const remote = repository as RemoteRepository
  remote.keep = true
  signal?.addEventListener('abort', () => remote.pause())
}

/** What went wrong on the line, or was stopped, is no fault of the model, whoever says so: rejects with the first error. */
export function ownError(error: unknown): never {
  const { cause } = error as Error
  const isOwn = cause instanceof LineLost || cause instanceof NeedsToken || (cause as Error | undefined)?.name === 'AbortError'
  throw isOwn ? cause : error
}
