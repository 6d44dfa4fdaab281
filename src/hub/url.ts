/**
 * A model's files below an address. Each is fetched once and kept as a Blob, which browsers hold on disk where it is large;
 * files of other servers are also kept in Cache Storage, so that the next visit does not download them again.
 */
import { missingFile, shortFile, type OnProgress, type Repository } from './repository'

const CACHE = 'etude-models'

/** `address` ends in a slash. Rejects with one sentence when a server cannot be reached or answers with an error. */
export function openUrl(address: string, id: string, onProgress?: OnProgress): Repository {
  const files = new Map<string, Promise<Blob | undefined>>()
  const find = (path: string): Promise<Blob | undefined> => {
    let file = files.get(path)
    if (!file) {
      file = fetchFile(new URL(path, address).href, path, id, onProgress)
      files.set(path, file)
      file.catch(() => files.delete(path)) // a file that failed may be asked for again
    }
    return file
  }
  const get = async (path: string): Promise<Blob> => {
    const blob = await find(path)
    if (!blob) throw missingFile(id, path)
    return blob
  }
  return {
    id,
    size: async (path) => (await get(path)).size,
    exists: async (path) => (await find(path)) !== undefined,
    text: async (path) => (await get(path)).text(),
    async read(path, offset, length) {
      const blob = await get(path)
      if (offset + length > blob.size) throw shortFile(id, path, offset, length, blob.size)
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
  }
}

/** undefined when there is no such file. */
async function fetchFile(url: string, path: string, id: string, onProgress?: OnProgress): Promise<Blob | undefined> {
  const cache = await cacheFor(url)
  const kept = await cache?.match(url)
  if (kept) return kept.blob()
  const host = new URL(url).host
  let response: Response
  try {
    response = await fetch(url)
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`${path} of ${id} cannot be fetched from ${host} (${why}); check the connection.`, { cause: error })
  }
  // Servers of single-page applications answer with their page where a file is missing.
  const isPage = response.headers.get('content-type')?.startsWith('text/html') === true && !/\.html?$/.test(path)
  if (response.status === 404 || isPage) return undefined
  if (!response.ok) throw new Error(`${path} of ${id}: ${host} answered ${response.status}; try again later, or choose another model.`)
  const blob = await download(response, path, id, onProgress)
  // A full disk keeps nobody from using the model that has just been fetched: it is only not there the next time.
  await cache?.put(url, new Response(blob)).catch((error: unknown) => console.warn(`${path} of ${id} is not kept:`, error))
  return blob
}

async function download(response: Response, path: string, id: string, onProgress?: OnProgress): Promise<Blob> {
  // The length of a compressed answer says nothing about the file's.
  const total = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0)
  let loaded = 0
  onProgress?.({ file: path, loaded, total })
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      loaded += chunk.byteLength
      onProgress?.({ file: path, loaded, total })
      controller.enqueue(chunk)
    },
  })
  let blob: Blob
  try {
    blob = await new Response(response.body?.pipeThrough(count)).blob()
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`${path} of ${id} broke off after ${loaded} of ${total || '?'} bytes (${why}); try again.`, { cause: error })
  }
  if (total > 0 && loaded !== total) throw new Error(`${path} of ${id} broke off after ${loaded} of ${total} bytes; try again.`)
  return blob
}

/** Files that the page itself brings are the server's and the browser's own business. */
async function cacheFor(url: string): Promise<Cache | undefined> {
  if (typeof caches === 'undefined') return undefined
  if (typeof location !== 'undefined' && new URL(url).origin === location.origin) return undefined
  return caches.open(CACHE)
}
