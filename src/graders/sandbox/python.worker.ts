/**
 * CPython (Pyodide), for graders that a person wrote. It reaches JavaScript by design: the wall is what stands around the worker (the
 * frame without origin and network). Taking away the ways that a program would try first is depth, no more, and so its result may be
 * forged by a program that means to. The first interpreter takes a snapshot of its memory, from which later ones start in a fraction.
 */
import { loadPyodide } from 'pyodide'
import { info } from 'pyodide/pyodide-lock.json'
import createPyodideModule from 'pyodide/pyodide.asm.mjs'
import type { Job, Result, Start } from './protocol'
import { MEMORY } from './sandbox'
import { Output, serve, tooLong } from './serve'

declare const globalThis: Record<string, unknown>
interface Python {
  runPython(source: string): unknown
  globals: { get(name: string): unknown }
  setStdout(options: { write: (bytes: Uint8Array) => number }): void
  setStderr(options: { write: (bytes: Uint8Array) => number }): void
  makeMemorySnapshot(): Uint8Array
}
type Imports = WebAssembly.Imports & { env: { emscripten_resize_heap: (bytes: number) => number } }

/** What a worker has that a grader needs none of. */
const FORBIDDEN = `fetch XMLHttpRequest WebSocket WebSocketStream WebTransport EventSource Worker SharedWorker importScripts indexedDB caches
  BroadcastChannel navigator postMessage location FontFace Notification`.split(/\s+/)

const HARNESS = `
import sys, json, math, re, random, string, itertools, functools, collections, fractions, statistics, decimal, datetime, typing, traceback
def _etude():
    from json import loads, dumps
    from io import StringIO
    from traceback import extract_tb
    def run(text):
        job = loads(text)
        scope = {'__name__': '__program__'}
        try:
            exec(compile(job['source'], 'grader.py', 'exec'), scope)
            if job['call'] not in scope: raise NameError('it defines no function ' + job['call'])
            value = scope[job['call']](*job['args'])
            if isinstance(value, (int, float)) and not isinstance(value, bool): return ['number', dumps(float(value))]
            return ['json', dumps(value, allow_nan=False)]
        except BaseException as error:
            if type(error) is MemoryError: return ['memory', 'MemoryError']
            lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == 'grader.py']
            at = lines[-1] if lines else getattr(error, 'lineno', None)
            return ['error', (type(error).__name__ + ': ' + str(error))[:500] + (' (line %d)' % at if at else '')]
    return lambda text: dumps(run(text))
_etude = _etude()
`
/** The modules that lead to JavaScript are gone for programs that ask for them. */
const CLOSE = `
import sys
for name in list(sys.modules):
    if name.split('.')[0] in ('js', 'pyodide_js', '_pyodide_core', 'pyodide', '_pyodide', 'ctypes', '_ctypes'): sys.modules[name] = None
for name in ('js', 'pyodide_js', 'pyodide', 'ctypes', '_ctypes'): sys.modules[name] = None
`

async function open({ module, library, snapshot }: Start) {
  if (!module || !library) throw new Error('Pyodide or its library is missing.')
  globalThis.fetch = () => Promise.resolve({ ok: true, arrayBuffer: () => Promise.resolve(library) })
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const { env } = imports as Imports
    const grow = env.emscripten_resize_heap
    env.emscripten_resize_heap = (bytes) => (bytes >>> 0 > MEMORY.python ? 0 : grow(bytes))
    return { instance: await WebAssembly.instantiate(module, imports), module }
  }
  const python = (await loadPyodide({
    createPyodideModule,
    indexURL: 'https://sandbox.invalid/',
    packageBaseUrl: 'https://sandbox.invalid/',
    lockFileContents: { info, packages: {} },
    jsglobals: Object.assign(Object.create(null) as object, { Object }),
    stdin: () => null,
    ...(snapshot ? { _loadSnapshot: snapshot } : { _makeSnapshot: true }),
  } as Parameters<typeof loadPyodide>[0])) as unknown as Python
  Reflect.deleteProperty(WebAssembly, 'instantiateStreaming')
  if (!snapshot) python.runPython(HARNESS)
  const taken = snapshot ? undefined : python.makeMemorySnapshot()
  let output = new Output(0)
  const decoder = { text: new TextDecoder() }
  const write = (bytes: Uint8Array) => {
    output.add(decoder.text.decode(bytes, { stream: true }))
    return bytes.length
  }
  python.setStdout({ write })
  python.setStderr({ write })
  const call = python.globals.get('_etude') as (text: string) => string
  python.runPython(CLOSE)
  strip()

  const run = (job: Job): Result => {
    output = new Output(job.output)
    decoder.text = new TextDecoder()
    const json = call(`{"source":${JSON.stringify(job.source)},"call":${JSON.stringify(job.call)},"args":${job.args}}`)
    if (json.length > job.output) return { ok: false, kind: 'error', error: tooLong(json.length, job.output), output: output.text }
    const [kind, text] = JSON.parse(json) as ['number' | 'json' | 'error' | 'memory', string]
    if (kind === 'number') return { ok: true, number: Number(text), output: output.text }
    if (kind === 'json') return { ok: true, json: text, output: output.text }
    return { ok: false, kind, error: text, output: output.text, ...(kind === 'memory' && { spent: true }) }
  }
  return { run, snapshot: taken }
}

/** Takes the forbidden names from the worker's global object and what it inherits from. */
function strip(): void {
  for (let at: object | null = globalThis; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
    for (const name of FORBIDDEN) Reflect.deleteProperty(at, name)
}

serve(open, 'def f(): return [1.5, {}]')
