/**
 * MicroPython, cut off: the imports through which its WebAssembly reaches JavaScript and files do nothing, so that nothing but text
 * and numbers leaves it. Every program starts from the same bytes of memory: those that one may have written are put back.
 */
import '@micropython/micropython-webassembly-pyscript/micropython.mjs'
import type { Job, Result, Start } from './protocol'
import { MEMORY } from './sandbox'
import { Output, serve, tooLong } from './serve'

interface MicroPython {
  runPython(source: string): unknown
  globals: { get(name: string): unknown; set(name: string, value: unknown): void }
  _module: { _malloc(bytes: number): number; _free(address: number): void }
}
declare const globalThis: {
  loadMicroPython(options: object): Promise<MicroPython>
  fetch: unknown
}
type Imports = Record<string, ((...args: number[]) => number) | undefined>

/** Every way from the WebAssembly into JavaScript. */
const BRIDGE = `call0 call1 call2 calln call0_kwarg calln_kwarg lookup_attr store_attr has_attr js_subscr_load js_subscr_store js_get_iter
  js_iter_next js_reflect_construct js_then_resolve js_then_reject js_then_continue create_promise`.split(/\s+/)
/** Bytes of Python's first heap; it takes more by itself when a program needs more. */
const HEAP = 2 ** 18
/** A file that one program left would be there for the next. */
const NO_FILE = -2 // ENOENT

/**
 * Floats leave as the sixteen digits of their bits, for MicroPython prints some of them a little wrong; dicts are marked so that
 * nothing else looks like a float.
 */
const HARNESS = `
import json as _json, struct as _struct, binascii as _binascii
def _mark(v):
    if v is None or isinstance(v, (bool, str, int)): return v
    if isinstance(v, float): return {'f': _binascii.hexlify(_struct.pack('>d', v)).decode()}
    if isinstance(v, (list, tuple)): return [_mark(x) for x in v]
    if isinstance(v, dict):
        for k in v:
            if not isinstance(k, str): raise TypeError('a key of the returned dict is no text')
        return {'d': {k: _mark(x) for k, x in v.items()}}
    raise TypeError('it returned a ' + type(v).__name__ + ', which is no JSON value')
def _run():
    global _out
    job = _json.loads(_in)
    scope = {'__name__': '__program__'}
    exec(job['source'], scope)
    if job['call'] not in scope: raise NameError('it defines no function ' + job['call'])
    _out = _json.dumps(_mark(scope[job['call']](*job['args'])))
`

async function open({ module }: Start) {
  if (!module) throw new Error('MicroPython is missing.')
  let output = new Output(0)
  const decoder = { text: new TextDecoder() }
  const instance = instantiateOnly(module)
  const python = await globalThis.loadMicroPython({
    url: 'micropython.wasm',
    heapsize: HEAP,
    linebuffer: false,
    stdout: (bytes: Uint8Array) => output.add(decoder.text.decode(bytes, { stream: true })),
  })
  python.runPython(HARNESS)
  python.globals.set('_in', '')
  python.globals.set('_out', '')
  const { memory } = (await instance).exports as { memory: WebAssembly.Memory }
  const clean = trimmed(new Uint8Array(memory.buffer))
  const size = memory.buffer.byteLength
  /** Where the next large piece of memory would be: the end of what is in use. */
  const end = () => {
    const address = python._module._malloc(HEAP)
    python._module._free(address)
    return address
  }
  const top = end()
  let written = clean.length

  const once = (job: Job): Result => {
    output = new Output(job.output)
    decoder.text = new TextDecoder()
    const bytes = new Uint8Array(memory.buffer)
    bytes.set(clean)
    bytes.fill(0, clean.length, written)
    try {
      python.globals.set('_in', `{"source":${JSON.stringify(job.source)},"call":${JSON.stringify(job.call)},"args":${job.args}}`)
      python.runPython('_run()')
    } catch (error) {
      return { ...failure(error), output: output.text }
    }
    const json = python.globals.get('_out')
    if (typeof json !== 'string') throw new Error('no value came out')
    if (json.length > job.output) return { ok: false, kind: 'error', error: tooLong(json.length, job.output), output: output.text }
    const value = unmark(JSON.parse(json) as Marked)
    if (typeof value === 'number') return { ok: true, number: value, output: output.text }
    return { ok: true, json: JSON.stringify(value), output: output.text }
  }
  const run = (job: Job): Result => {
    const result = once(job)
    if (result.spent) return result
    written = end() === top ? top + HEAP : size
    // memory never shrinks, and to put all of it back takes longer than a new start
    return memory.buffer.byteLength > size ? { ...result, spent: true } : result
  }
  return { run }
}

/** The one instance that can be made from here on: of this module, cut off. */
function instantiateOnly(module: WebAssembly.Module): Promise<WebAssembly.Instance> {
  const instantiate = WebAssembly.instantiate.bind(WebAssembly)
  let made: (instance: WebAssembly.Instance) => void
  const cut = async (_: unknown, imports: { env: Imports }): Promise<{ instance: WebAssembly.Instance; module: WebAssembly.Module }> => {
    const { env } = imports
    for (const name of BRIDGE) {
      if (!env[name]) throw new Error(`MicroPython has no import ${name}; it is another version than the one that is cut off here.`)
      env[name] = () => 0
    }
    for (const name of Object.keys(env)) if (name.startsWith('__syscall_')) env[name] = () => NO_FILE
    const grow = env.emscripten_resize_heap!
    env.emscripten_resize_heap = (bytes = 0) => (bytes >>> 0 > MEMORY.micropython ? 0 : grow(bytes))
    const instance = await instantiate(module, imports as WebAssembly.Imports)
    made(instance)
    return { instance, module }
  }
  globalThis.fetch = () => Promise.resolve({ ok: true, arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) })
  Object.assign(WebAssembly, { instantiate: cut, instantiateStreaming: cut })
  return new Promise((resolve) => (made = resolve))
}

/** A copy without the zeros at its end. */
function trimmed(memory: Uint8Array): Uint8Array {
  let end = memory.length
  while (end > 0 && memory[end - 1] === 0) end--
  return memory.slice(0, end)
}

/** Python's own errors end with “Type: message”; everything else is the interpreter's. */
function failure(error: unknown): Omit<Extract<Result, { ok: false }>, 'output'> {
  const { name, message, type } = error as Error & { type?: string }
  if (name !== 'PythonError') {
    return { ok: false, kind: 'crash', error: `the program broke its interpreter: ${message.slice(0, 200)}`, spent: true }
  }
  const lines = message.trimEnd().split('\n')
  const at = lines.findLast((line) => line.includes('"<string>"'))?.match(/line (\d+)/)?.[1]
  const text = (lines.at(-1) ?? '').slice(0, 500) + (at ? ` (line ${at})` : '')
  return { ok: false, kind: type === 'MemoryError' ? 'memory' : 'error', error: text }
}

type Marked = null | boolean | string | number | Marked[] | { f: string } | { d: Record<string, Marked> }

function unmark(marked: Marked): unknown {
  if (typeof marked !== 'object' || marked === null) return marked
  if (Array.isArray(marked)) return marked.map(unmark)
  if ('f' in marked) return new DataView(Uint8Array.from(marked.f.match(/../g)!, (byte) => parseInt(byte, 16)).buffer).getFloat64(0)
  return Object.fromEntries(Object.entries(marked.d).map(([key, value]) => [key, unmark(value)]))
}

serve(open, 'def f(): return [1.5, {}]')
