/**
 * QuickJS: a runtime of its own for every program. It interrupts itself shortly before its limit, which leaves the worker warm; one
 * native call may pass that moment (an indexOf, a reverse), so the worker is killed at the limit all the same.
 */
import variant from '@jitl/quickjs-singlefile-browser-release-sync'
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSContext, type QuickJSHandle, type VmCallResult } from 'quickjs-emscripten-core'
import type { Job, Result } from './protocol'
import { MEMORY } from './sandbox'
import { Output, serve, tooLong } from './serve'

const PAGE = 2 ** 16
/** Beyond, the host's own stack ends first and the module is lost. */
const STACK = 64 * 1024
/** Of the memory: the rest is the interpreter's, and buffers, which this limit does not count. */
const HEAP = MEMORY.javascript / 2
/** The share of the limit after which the program interrupts itself. */
const SOFT = 0.8
/** Steps of promises that a program may take after its call. */
const STEPS = 1000

/** Taken before the program can put something else in its place. */
const PRINT = '(print) => { const log = (...args) => print(args.map(String).join(" ")); globalThis.console = { log, info: log, warn: log, error: log, debug: log } }'

async function open() {
  const wasmMemory = new WebAssembly.Memory({ initial: 256, maximum: MEMORY.javascript / PAGE })
  const quickjs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory }))
  const run = (job: Job): Result => {
    const output = new Output(job.output)
    const runtime = quickjs.newRuntime()
    const end = performance.now() + job.seconds * 1000 * SOFT
    let late = false
    runtime.setMemoryLimit(HEAP)
    runtime.setMaxStackSize(STACK)
    runtime.setInterruptHandler(() => (late ||= performance.now() > end))
    const context = runtime.newContext()
    const result = evaluate(context, job, output)
    const failed = late && !result.ok ? { ...result, kind: 'timeout' as const, error: `stopped after ${job.seconds} s` } : result
    context.dispose()
    runtime.dispose()
    return failed
  }
  return { run }
}

/** What the program threw, as a result. */
class Thrown extends Error {
  constructor(readonly result: Pick<Extract<Result, { ok: false }>, 'kind' | 'error'>) {
    super(result.error)
  }
}

function evaluate(context: QuickJSContext, job: Job, output: Output): Result {
  const handles: QuickJSHandle[] = []
  const keep = (handle: QuickJSHandle) => {
    handles.push(handle)
    return handle
  }
  const unwrap = (given: VmCallResult<QuickJSHandle>) => {
    if (!given.error) return keep(given.value)
    throw new Thrown(reason(context, keep(given.error)))
  }
  const parse = (text: string) => unwrap(context.callFunction(parser, context.undefined, keep(context.newString(text))))
  const parser = unwrap(context.evalCode('JSON.parse'))
  const stringify = unwrap(context.evalCode('JSON.stringify'))
  const print = keep(context.newFunction('print', (text) => output.add(context.getString(text) + '\n')))
  unwrap(context.callFunction(unwrap(context.evalCode(PRINT)), context.undefined, print))
  try {
    const args = (JSON.parse(job.args) as unknown[]).map((value) => parse(JSON.stringify(value)))
    unwrap(context.evalCode(job.source, 'grader.js'))
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(job.call)) throw new Error(`${job.call} is no name of a function`)
    const call = unwrap(context.evalCode(`typeof ${job.call} === 'function' ? ${job.call} : undefined`))
    if (context.typeof(call) !== 'function') throw new Thrown({ kind: 'error', error: `ReferenceError: it defines no function ${job.call}` })
    const value = settled(context, unwrap(context.callFunction(call, context.undefined, ...args)), unwrap)
    if (context.typeof(value) === 'number') return { ok: true, number: context.getNumber(value), output: output.text }
    const json = unwrap(context.callFunction(stringify, context.undefined, value))
    if (context.typeof(json) !== 'string') throw new Thrown({ kind: 'error', error: `TypeError: it returned ${context.typeof(value)}, which is no JSON value` })
    const length = context.getProp(json, 'length').consume((handle) => context.getNumber(handle))
    if (length > job.output) throw new Thrown({ kind: 'error', error: tooLong(length, job.output) })
    return { ok: true, json: context.getString(json), output: output.text }
  } catch (error) {
    if (error instanceof Thrown) return { ok: false, ...error.result, output: output.text }
    throw error
  } finally {
    for (const handle of handles) if (handle.alive) handle.dispose()
  }
}

/** What a promise comes to, when it does within its steps. */
function settled(
  context: QuickJSContext, value: QuickJSHandle, unwrap: (given: VmCallResult<QuickJSHandle>) => QuickJSHandle,
): QuickJSHandle {
  if (context.typeof(value) !== 'object') return value
  const jobs = context.runtime.executePendingJobs(STEPS)
  if (jobs.error) unwrap({ error: jobs.error })
  const state = context.getPromiseState(value)
  if (state.type === 'pending') throw new Thrown({ kind: 'error', error: `its promise did not settle within ${STEPS} steps` })
  if (state.type === 'rejected') return unwrap({ error: state.error })
  return state.notAPromise ? value : unwrap({ value: state.value })
}

/** “Type: message (line n)”, read without running code of the program: a getter may lie in wait. */
function reason(context: QuickJSContext, thrown: QuickJSHandle): { kind: 'error' | 'memory'; error: string } {
  const text = context.evalCode('(thrown) => { try { const { name, message, stack } = thrown; return [name, message, stack].map((part) => typeof part === "string" ? part.slice(0, 500) : "").join("\\n\\n") } catch { return "" } }')
  if (text.error) {
    text.error.dispose()
    return { kind: 'memory', error: 'out of memory' }
  }
  const plain = context.typeof(thrown) !== 'object'
  const given = plain ? undefined : context.callFunction(text.value, context.undefined, thrown)
  text.value.dispose()
  if (!given || given.error) {
    given?.error.dispose()
    const what = plain ? String(context.dump(thrown)).slice(0, 500) : 'something that cannot be read'
    return { kind: 'error', error: `it threw ${what}` }
  }
  const [name = '', message = '', stack = ''] = given.value.consume((handle) => context.getString(handle)).split('\n\n')
  if (!name || message === 'out of memory') return { kind: 'memory', error: 'out of memory' }
  const line = /grader\.js:(\d+)/.exec(stack)?.[1]
  return { kind: 'error', error: `${name}: ${message}${line ? ` (line ${line})` : ''}` }
}

serve(open, 'function f() { return [1.5, {}] }')
