/**
 * One file of the Hub into the cache: it goes on where it stopped, tries again when the line is lost, and is kept only when its
 * size and hash are right. At most one piece of it is in memory.
 */
import type { Cache, Part } from './cache'
import { Digest } from './digest'
import { reason, type Hub } from './hub'
import type { Listing, RemoteFile } from './listing'
import { backOff, LineLost, wait, type OnWait } from './request'
import { Meter, type FileProgress } from './meter'

/** Bytes that are gathered before they are written. */
export const PIECE = 8 * 2 ** 20

/** Bytes that are read at once. */
const CHUNK = 2 ** 18

/** The file on the Hub is no longer the one that was listed, or may not be. */
export class FileChanged extends Error {
  override name = 'FileChanged'
  /** `certain` is false where only the ETag changed: some networks give one file several, and its hash will tell. */
  constructor(
    message: string,
    readonly certain: boolean,
  ) {
    super(message)
  }
}

export interface DownloadOptions {
  signal?: AbortSignal
  onProgress?: (progress: FileProgress) => void
}

/** A file without a hash is kept under its commit and path, which never change either. */
export function keyOf(listing: Listing, { path, hash }: RemoteFile): string {
  return hash ? `${hash.kind}-${hash.hex}` : `commit-${listing.commit}-${encodeURIComponent(path)}`
}

/** Resolves at once when it is there already. Aborting pauses: what has come stays, and the next call goes on from it. */
export async function download(hub: Hub, cache: Cache, listing: Listing, file: RemoteFile, options: DownloadOptions = {}): Promise<void> {
  const { signal, onProgress } = options
  const key = keyOf(listing, file)
  if (await cache.find(key)) return
  const meter = new Meter(file.path, file.bytes, onProgress)
  const work = async () => {
    if (await cache.find(key)) return
    const part = await cache.part(key)
    if (part.bytes > file.bytes) await part.drop()
    const room = await cache.room()
    if (room !== undefined && room < file.bytes - part.bytes) {
      throw new Error(
        `${file.path} of ${listing.id} needs ${gigabytes(file.bytes - part.bytes)} GB more and ${cache.where} has room for ` +
          `${gigabytes(room)} GB; delete stored models, or make room on the disk.`,
      )
    }
    const digest = await digestOf(part, file, meter, signal)
    await fill(hub, listing, file, part, digest, meter, signal)
    const is = digest?.hex()
    if (file.hash && is !== file.hash.hex) {
      await part.drop()
      throw new Error(
        `${file.path} of ${listing.id} came with another hash (${is?.slice(0, 12)}… and not ${file.hash.hex.slice(0, 12)}…); ` +
          'it was deleted: download it again, and if that gives the same, tell its owner.',
      )
    }
    await part.seal()
  }
  await cache.lock(key, work, signal, () => meter.wait('another tab or process downloads it', 0))
  meter.end()
}

/** The digest over what is there already. */
async function digestOf(part: Part, { bytes, hash }: RemoteFile, meter: Meter, signal?: AbortSignal): Promise<Digest | undefined> {
  if (!hash) return undefined
  const digest = new Digest(hash.kind === 'git' ? 'sha1' : 'sha256')
  if (hash.kind === 'git') digest.update(new TextEncoder().encode(`blob ${bytes}\0`))
  for (let at = 0; at < part.bytes; at += PIECE) {
    signal?.throwIfAborted()
    meter.check(at)
    digest.update(await part.read(at, Math.min(PIECE, part.bytes - at)))
  }
  return digest
}

/** Brings the part to its full size. */
async function fill(
  hub: Hub,
  listing: Listing,
  file: RemoteFile,
  part: Part,
  digest: Digest | undefined,
  meter: Meter,
  signal?: AbortSignal,
): Promise<void> {
  const piece = new Uint8Array(Math.min(PIECE, file.bytes - part.bytes))
  let held = 0 // of the piece
  const flush = async () => {
    if (held > 0) await part.append(piece.subarray(0, held))
    held = 0
  }
  let etag: string | undefined
  const onWait: OnWait = (why, seconds) => meter.wait(why, seconds)
  try {
    meter.begin(part.bytes)
    for (let failures = 0; part.bytes + held < file.bytes;) {
      const start = part.bytes + held
      const response = await hub.get(listing, file, start, undefined, { ...(signal && { signal }), onWait })
      try {
        etag = unchanged(response, etag, listing, file)
        let skip = skipped(response, start, listing, file)
        for await (const chunk of chunks(response, hub.patience.silence, signal)) {
          const bytes = chunk.subarray(Math.min(skip, chunk.length))
          skip -= chunk.length - bytes.length
          if (part.bytes + held + bytes.length > file.bytes) throw tooLong(listing, file)
          digest?.update(bytes)
          for (let at = 0; at < bytes.length;) {
            const some = bytes.subarray(at, at + piece.length - held)
            piece.set(some, held)
            held += some.length
            at += some.length
            if (held === piece.length) await flush()
          }
          if (bytes.length > 0) failures = 0
          meter.came(bytes.length)
        }
        if (part.bytes + held < file.bytes) throw new LineLost('the server ended early')
      } catch (error) {
        await response.body?.cancel().catch(() => undefined)
        if (signal?.aborted || !(error instanceof LineLost)) throw error
        if (++failures >= hub.patience.tries) {
          throw new LineLost(
            `${file.path} of ${listing.id} broke off after ${part.bytes + held} of ${file.bytes} bytes (${reason(error)}); ` +
              'what has come is kept: try again to go on from there.',
            { cause: error },
          )
        }
        const pause = backOff(hub.patience, failures)
        meter.wait('the line was lost', pause / 1000)
        await wait(pause, signal)
      }
    }
    await flush()
  } catch (error) {
    if (error instanceof FileChanged && (error.certain || !file.hash)) await part.drop()
    else await flush()
    throw error
  }
}

/**
 * The body's bytes; a line that breaks, or says nothing for too long, is a LineLost. Each chunk is valid until the next: it is
 * read into one buffer again and again (the garbage of a new one each time comes to hundreds of megabytes).
 */
export async function* chunks({ body }: Response, silence: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!body) return
  const reader = readerOf(body)
  let timer: ReturnType<typeof setTimeout> | undefined
  let buffer = new ArrayBuffer(CHUNK)
  try {
    for (;;) {
      const quiet = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new LineLost(`nothing came for ${silence / 1000} seconds`)), silence)
      })
      const { done, value } = await Promise.race([reader.read(new Uint8Array(buffer)), quiet])
      clearTimeout(timer)
      if (done || !value) return
      yield value
      buffer = value.buffer.byteLength === CHUNK ? value.buffer : buffer
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof LineLost ? error : new LineLost(reason(error), { cause: error })
  } finally {
    clearTimeout(timer)
    await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}

/** Some browsers read bodies into no buffer but their own; they get along with an argument more. */
function readerOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader {
  try {
    return body.getReader({ mode: 'byob' })
  } catch {
    return body.getReader() as unknown as ReadableStreamBYOBReader
  }
}

/** Content with another ETag than before is another file. */
function unchanged(response: Response, before: string | undefined, listing: Listing, file: RemoteFile): string | undefined {
  const etag = response.headers.get('etag') ?? undefined
  if (before !== undefined && etag !== undefined && etag !== before) {
    throw new FileChanged(`${file.path} of ${listing.id} changed on the Hub while it was downloaded; start again.`, false)
  }
  return before ?? etag
}

/** Bytes at the start of the answer that are there already: servers without ranges send everything. */
function skipped(response: Response, start: number, listing: Listing, file: RemoteFile): number {
  if (response.status === 200) return start
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
  const total = range?.[2]
  if (response.status === 416 || (total !== undefined && total !== '*' && Number(total) !== file.bytes)) {
    throw new FileChanged(`${file.path} of ${listing.id} does not have the ${file.bytes} bytes that are listed; start again.`, true)
  }
  if (range && Number(range[1]) !== start) throw new LineLost(`the server sent bytes from ${range[1]} and not from ${start}`)
  return 0
}

function tooLong(listing: Listing, file: RemoteFile): Error {
  return new FileChanged(`${file.path} of ${listing.id} is longer than the ${file.bytes} bytes that are listed; start again.`, true)
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)
}
