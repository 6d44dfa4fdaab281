/**
 * The sandbox of a page: one hidden frame without an origin, whose policy forbids every request, with a worker for each interpreter.
 * Nothing of it is loaded before the first program runs; the interpreters' files come from the page's own server.
 */
import micropythonWasm from '@micropython/micropython-webassembly-pyscript/micropython.wasm?url'
import pyodideWasm from 'pyodide/pyodide.asm.wasm?url'
import pythonLibrary from 'pyodide/python_stdlib.zip?url'
import { code as frameCode } from './frame?sandbox'
import type { Notice, Order } from './frame'
import { WorkerSandbox } from './pool'
import type { Language, Sandbox } from './sandbox'
import type { Spawned } from './warm'

const POLICY = "default-src 'none'; script-src 'unsafe-inline' blob: 'wasm-unsafe-eval'; worker-src blob:"

const PARTS: Record<Language, { code: () => Promise<{ code: string }>; wasm?: string; library?: string }> = {
  micropython: { code: () => import('./micropython.worker?sandbox'), wasm: micropythonWasm },
  javascript: { code: () => import('./javascript.worker?sandbox') },
  python: { code: () => import('./python.worker?sandbox'), wasm: pyodideWasm, library: pythonLibrary },
}

export function browserSandbox(): Sandbox {
  let box: Promise<Box> | undefined
  const workers = new WorkerSandbox(async (language, snapshot) => {
    box ??= Box.open()
    return (await box).spawn(language, snapshot)
  })
  return {
    run: (program, limits) => workers.run(program, limits),
    async close() {
      await workers.close()
      const open = await box
      box = undefined
      open?.close()
    },
  }
}

class Box {
  private readonly loading = new Map<Language, Promise<void>>()
  private readonly ends = new Map<number, (reason: string) => void>()
  private started = 0

  private constructor(private readonly frame: HTMLIFrameElement) {
    window.addEventListener('message', this.listen)
  }

  static async open(): Promise<Box> {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.hidden = true
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${POLICY}"><script>${frameCode}</script>`
    await new Promise((resolve) => {
      frame.addEventListener('load', resolve, { once: true })
      document.body.append(frame)
    })
    return new Box(frame)
  }

  close(): void {
    window.removeEventListener('message', this.listen)
    this.frame.remove()
  }

  async spawn(language: Language, snapshot: Uint8Array | undefined): Promise<Spawned> {
    let loaded = this.loading.get(language)
    if (!loaded) {
      this.loading.set(language, (loaded = this.load(language)))
      loaded.catch(() => this.loading.delete(language)) // the next program asks again
    }
    await loaded
    const start = ++this.started
    const { port1, port2 } = new MessageChannel()
    const broken = new Promise<string>((resolve) => this.ends.set(start, resolve))
    this.order({ start, language, snapshot }, [port2])
    const terminate = () => {
      this.ends.delete(start)
      this.order({ end: start })
    }
    return { port: port1, broken, terminate }
  }

  private async load(language: Language): Promise<void> {
    const parts = PARTS[language]
    const [{ code }, wasm, library] = await Promise.all([parts.code(), read(parts.wasm), read(parts.library)])
    this.order({ language, code, wasm, library }, [wasm, library].filter((bytes) => bytes !== undefined))
  }

  private order(order: Order, transfer: Transferable[] = []): void {
    this.frame.contentWindow?.postMessage(order, '*', transfer) // the frame has no origin that could be named
  }

  private listen = ({ source, data }: MessageEvent<Notice>): void => {
    if (source === this.frame.contentWindow) this.ends.get(data.start)?.(data.broken)
  }
}

async function read(url: string | undefined): Promise<ArrayBuffer | undefined> {
  if (url === undefined) return undefined
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} cannot be loaded (status ${response.status}); reload the page.`)
  return response.arrayBuffer()
}
