/**
 * The script of the box: a frame without an origin, whose policy lets nothing out. It starts and ends workers for the page, which hears
 * from each on a port of its own.
 */
import type { Start } from './protocol'

/** What the page asks of the frame. */
export type Order =
  | { language: string; code: string; wasm?: ArrayBuffer | undefined; library?: ArrayBuffer | undefined }
  | { start: number; language: string; snapshot?: Uint8Array | undefined }
  | { end: number }
/** What the frame tells the page: why a worker ended by itself. */
export interface Notice {
  start: number
  broken: string
}

interface Kind {
  url: string
  module: Promise<WebAssembly.Module | undefined>
  library: ArrayBuffer | undefined
}

const kinds = new Map<string, Kind>()
const workers = new Map<number, Worker>()

addEventListener('message', ({ source, data, ports: [port] }: MessageEvent<Order>) => {
  if (source !== parent) return
  if ('code' in data) {
    const { language, code, wasm, library } = data
    const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
    kinds.set(language, { url, library, module: wasm ? WebAssembly.compile(wasm) : Promise.resolve(undefined) })
  } else if ('end' in data) {
    workers.get(data.end)?.terminate()
    workers.delete(data.end)
  } else {
    const { start, language, snapshot } = data
    const tell = (broken: string) => parent.postMessage({ start, broken } satisfies Notice, '*')
    const { url, library, module } = kinds.get(language)!
    const worker = new Worker(url)
    workers.set(start, worker)
    worker.onerror = ({ message }) => tell(message || 'its worker could not be loaded')
    module.then(
      (compiled) => worker.postMessage({ port: port!, module: compiled, library, snapshot } satisfies Start, [port!]),
      (error: unknown) => tell(String(error)),
    )
  }
})
