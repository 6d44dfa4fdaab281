/**
 * A data file by its address: a URL, a file of a data set on the Hugging Face Hub as its own tools write it
 * (hf://datasets/openai/gsm8k@main/main/test-00000-of-00001.parquet; @main may be left out), or outside a browser a path on disk. Files
 * of other servers are kept in the browser's Cache Storage, so that the next run does not download them again. A Parquet table
 * comes as JSON lines (parquet.ts); every other file as it is.
 */
import { isParquet, jsonLinesOf } from './parquet'

const CACHE = 'etude-data'

/** Rejects with one sentence that names the address. */
export async function readAddress(address: string): Promise<Uint8Array> {
  const url = urlOf(address)
  const bytes = await (/^https?:\/\//i.test(url) ? download(url) : readDisk(address))
  return isParquet(bytes) ? jsonLinesOf(bytes, address) : bytes
}

function urlOf(address: string): string {
  if (!address.startsWith('hf://')) return address
  const [, repository, revision = 'main', path] = /^hf:\/\/datasets\/([^/@]+\/[^/@]+)(?:@([^/]+))?\/(.+)$/.exec(address) ?? []
  if (path === undefined) throw new Error(`${address} names no file of a data set; write hf://datasets/OWNER/NAME/PATH.`)
  return `https://huggingface.co/datasets/${repository}/resolve/${revision}/${path}`
}

async function download(url: string): Promise<Uint8Array> {
  const cache = await cacheFor(url)
  const kept = await cache?.match(url)
  if (kept) return new Uint8Array(await kept.arrayBuffer())
  let response: Response
  let bytes: Uint8Array<ArrayBuffer>
  try {
    response = await fetch(url)
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`${url} cannot be fetched (${why}); check the address and the connection.`, { cause: error })
  }
  if (!response.ok) throw new Error(`${url} cannot be fetched: the server answered ${response.status}; check the address.`)
  if (response.headers.get('content-type')?.startsWith('text/html'))
    throw new Error(`${url} is a web page and not a data file; on the Hugging Face Hub, write /resolve/ in place of /blob/.`)
  // A full disk keeps nobody from using what has just been fetched: it is only not there the next time.
  await cache?.put(url, new Response(bytes)).catch((error: unknown) => console.warn(`${url} is not kept:`, error))
  return bytes
}

/** Files that the page itself brings are the server's and the browser's own business. */
async function cacheFor(url: string): Promise<Cache | undefined> {
  if (typeof caches === 'undefined') return undefined
  if (typeof location !== 'undefined' && new URL(url).origin === location.origin) return undefined
  return caches.open(CACHE)
}

async function readDisk(path: string): Promise<Uint8Array> {
  // asked for by name, so that a page's bundle does not hold Node's modules
  const files = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:fs/promises')
  if (!files) throw new Error(`${path} is a path on disk, which a page cannot read; give the address of a file on a server (https://…).`)
  try {
    return new Uint8Array(await files.readFile(path))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`${path} cannot be read (${code ?? message}); check the path, which counts from the current folder.`, { cause: error })
  }
}
