/**
 * npm run fuzz: damaged inputs for everything that reads what people bring. Each is accepted or refused with one sentence, within a
 * second and without taking memory; what is not, is kept in out/fuzz with its seed. Exit status 1 where there is such a one.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seeded } from '../onnx/fixture'
import { BadInput, parseOptions } from './arguments'
import { kindsOf, type Kind } from './fuzz/kinds'

const USAGE = 'npm run fuzz -- [--count 10000] [--seed N] [--only spec,url,run,…]'
/** Milliseconds of the processor's time (others may use the machine too) and of the clock, bytes of buffers, letters. */
const LIMITS = { time: 1000, clock: 10_000, memory: 2 ** 28, sentence: 1200 }
/** Errors that a program throws by accident. */
const ACCIDENTS = /^(?:Type|Range|Reference|Syntax|URI|Eval|Internal|Zod|\$Zod)Error$/
const ACCIDENTAL = /Cannot (?:read|set|convert|destructure|mix)|is not (?:a function|iterable|defined)|Maximum call stack|Invalid (?:array|typed array|string) length|\bNaN bytes\b|\[object Object\]/

export interface Finding {
  case: number
  what: string
  input: Uint8Array
}

export interface Fuzzed {
  accepted: number
  refused: number
  /** Of the slowest, in milliseconds. */
  slowest: number
  findings: Finding[]
}

export async function fuzz(args: string[]): Promise<number> {
  const options = parseOptions(args, ['count', 'seed', 'only'], [], USAGE)
  const whole = (name: 'count' | 'seed', otherwise: number) => {
    const given = options[name] ?? String(otherwise)
    if (!/^\d{1,9}$/.test(given)) throw new BadInput(`--${name} is ${given}; it must be a whole number.`)
    return Number(given)
  }
  const [count, seed] = [whole('count', 10_000), whole('seed', Date.now() % 2 ** 29)]
  const kinds = kindsOf()
  const names = options.only?.split(',') ?? Object.keys(kinds)
  const unknown = names.find((name) => !Object.hasOwn(kinds, name))
  if (unknown !== undefined) throw new BadInput(`--only names ${unknown}; choose of ${Object.keys(kinds).join(', ')}.`)
  console.log(`${count} damaged inputs each, seed ${seed}`)
  let found = 0
  for (const name of names) {
    const since = performance.now()
    const { accepted, refused, slowest, findings } = await fuzzKind(kinds[name]!, count, seed)
    found += findings.length
    const seconds = ((performance.now() - since) / 1000).toFixed(0)
    console.log(`${name}: ${accepted} accepted, ${refused} refused, ${findings.length} wrong; the slowest took ${Math.round(slowest)} ms, all ${seconds} s`)
    keep(name, seed, findings)
  }
  return found === 0 ? 0 : 1
}

/** The inputs follow from the seed; case i is the same whatever the count. */
export async function fuzzKind({ input, read }: Kind, count: number, seed: number): Promise<Fuzzed> {
  const result: Fuzzed = { accepted: 0, refused: 0, slowest: 0, findings: [] }
  for (let i = 0; i < count; i++) {
    const bytes = input(seeded(seed * 1_000_003 + i))
    let what: string | undefined
    const before = process.memoryUsage().arrayBuffers
    const [since, spent] = [performance.now(), process.cpuUsage()]
    try {
      await read(bytes)
      result.accepted++
    } catch (error) {
      result.refused++
      what = accident(error)
    }
    const took = performance.now() - since
    const more = process.memoryUsage().arrayBuffers - before
    result.slowest = Math.max(result.slowest, took)
    const { user, system } = process.cpuUsage(spent)
    if (took > LIMITS.clock || Math.min(took, (user + system) / 1000) > LIMITS.time) what ??= `it took ${Math.round(took)} ms`
    if (more > LIMITS.memory) what ??= `it took ${more} bytes`
    if (what !== undefined) result.findings.push({ case: i, what, input: bytes })
  }
  return result
}

/** Why an error is no clear sentence. */
function accident(error: unknown): string | undefined {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`
  const { name, message } = error
  if (ACCIDENTS.test(name) || ACCIDENTAL.test(message)) return `${error.stack?.slice(0, 600)}`
  if (/[\n\r\u2028\u2029]/.test(message)) return `several lines: ${JSON.stringify(message.slice(0, 300))}`
  if (message.length < 15 || message.length > LIMITS.sentence) return `${message.length} letters: ${message.slice(0, 300)}`
  return undefined
}

function keep(name: string, seed: number, findings: Finding[]): void {
  if (findings.length === 0) return
  const folder = join('out/fuzz', name)
  mkdirSync(folder, { recursive: true })
  for (const { case: i, what, input } of findings.slice(0, 20)) {
    writeFileSync(join(folder, `${seed}-${i}.bin`), input)
    console.log(`  case ${i} (${folder}/${seed}-${i}.bin): ${what.split('\n').slice(0, 3).join(' | ')}`)
  }
}
