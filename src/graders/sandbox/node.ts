/**
 * The sandbox without a page: worker threads. A thread of Node is no wall, so only what cannot leave its WebAssembly runs here:
 * MicroPython without its bridge, and QuickJS. CPython (Pyodide) could reach files and network through JavaScript: it runs only with
 * leave, for graders that the caller trusts.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { MessageChannel as NodeChannel, Worker } from 'node:worker_threads'
import { bundleWorker } from './bundle'
import { WorkerSandbox } from './pool'
import type { Start } from './protocol'
import type { Language, Sandbox } from './sandbox'
import type { Spawned } from './warm'

export interface NodeOptions {
  /** CPython runs too, though nothing keeps its programs from this machine's files and network. */
  allowPython?: boolean
}

/** The worker looks like a browser's to its code, and Node's own globals are gone from it. */
const PROLOGUE = `
{
  const { parentPort } = require('node:worker_threads')
  globalThis.self = globalThis
  globalThis.WorkerGlobalScope = Object
  globalThis.location = new URL('https://sandbox.invalid/')
  parentPort.once('message', (data) => globalThis.onmessage({ data }))
  for (const name of ['process', 'Buffer', 'fetch', 'WebSocket', 'EventSource', 'BroadcastChannel']) delete globalThis[name]
}
(function (require, module, exports, __dirname, __filename) {
`
const EPILOGUE = '\n})()'

const WASM: Partial<Record<Language, string>> = {
  micropython: '@micropython/micropython-webassembly-pyscript/micropython.wasm',
  python: 'pyodide/pyodide.asm.wasm',
}

interface Parts {
  code: string
  start: Omit<Start, 'port' | 'snapshot'>
}

/** A sandbox of worker threads, one kept warm for each language. A Python program is refused with a plain sentence unless `allowPython`. */
export function nodeSandbox({ allowPython = false }: NodeOptions = {}): Sandbox {
  const parts = new Map<Language, Promise<Parts>>()
  return new WorkerSandbox(async (language, snapshot) => {
    if (language === 'python' && !allowPython) {
      throw new Error(
        'a Python grader could read this machine\'s files here: use --device browser, where it runs in a box, or --allow-python if you trust it.',
      )
    }
    let loading = parts.get(language)
    if (!loading) parts.set(language, (loading = load(language)))
    const { code, start } = await loading
    return spawn(code, { ...start, snapshot })
  })
}

async function load(language: Language): Promise<Parts> {
  const { resolve } = createRequire(import.meta.url)
  const read = async (name: string) => new Uint8Array(await readFile(resolve(name)))
  const wasm = WASM[language]
  const [code, module, library] = await Promise.all([
    bundleWorker(`${language}.worker`),
    wasm === undefined ? undefined : read(wasm).then((bytes) => WebAssembly.compile(bytes)),
    language === 'python' ? read('pyodide/python_stdlib.zip').then(({ buffer }) => buffer) : undefined,
  ])
  return { code: PROLOGUE + code + EPILOGUE, start: { module, library } }
}

function spawn(code: string, start: Omit<Start, 'port'>): Spawned {
  const { port1, port2 } = new NodeChannel()
  const worker = new Worker(code, { eval: true, env: {}, stdin: false, stdout: true, stderr: true, execArgv: [] })
  worker.unref()
  port1.unref()
  const broken = new Promise<string>((tell) => {
    worker.on('error', ({ message }) => tell(message))
    worker.on('exit', () => tell('it exited'))
  })
  worker.postMessage({ ...start, port: port2 }, [port2])
  return { port: port1 as unknown as MessagePort, broken, terminate: () => void worker.terminate() }
}
