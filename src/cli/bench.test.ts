/** `bench`: wrong numbers are never timed, and each suite gives what docs/formats.md says, on the bundled model with tiny sizes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { Host, OpenOptions } from '../policy/host'
import { LORA_TARGETS, type Policy, type Tokens } from '../policy/policy'
import type * as Reference from '../proof/reference'
import { openNodeHost } from '../workers/node'
import { decodeSuite } from './bench/decode'
import { commitOf } from './bench/environment'
import { checkNumbers, LIMIT } from './bench/gate'
import { smallShapes } from './bench/kernel-cases'
import { kernelSuite } from './bench/kernels'
import { figuresOf, tableOf, type Figure } from './bench/result'
import { stepSuite } from './bench/step'
import { trainSuite } from './bench/train'
import { main } from './main'
import { describeModel, PUBLIC } from './model'

/** What the reference's log-probs are moved by. */
let moved = 0
vi.mock('../proof/reference', async (original) => {
  const real = await original<typeof Reference>()
  return {
    ...real,
    async openDequantised(...args: Parameters<typeof real.openDequantised>) {
      const reference = await real.openDequantised(...args)
      return { ...reference, logprobs: async (rows: Tokens[]) => (await reference.logprobs(rows)).map((row) => row.map((x) => x + moved)) }
    },
  }
})

const positive = z.number().positive()
const spread = z.strictObject({ median: positive, q1: positive, q3: positive, samples: z.array(positive).min(1) })
const figures = z.array(z.strictObject({ name: z.string().min(1), seconds: spread, warmup: positive, rates: z.record(z.string(), positive) })).min(1)
const adapter = z.strictObject({ name: z.string(), software: z.boolean(), vendor: z.string(), architecture: z.string(), device: z.string(), driver: z.string() })
const environment = z.strictObject({
  adapter, runtime: z.strictObject({ node: z.string(), webgpu: z.string().optional() }), etude: z.string(), commit: z.string().optional(),
  host: z.strictObject({ processor: z.string(), cores: z.int(), platform: z.string(), load: z.array(z.number()).length(2) }), date: z.iso.datetime(),
}) // prettier-ignore
const gate = z.strictObject({ limit: z.literal(LIMIT), tokens: z.int().min(1), scored: z.number().max(LIMIT), decoded: z.number().max(LIMIT) })
const result = z.strictObject({ format: z.literal('etude-bench'), version: z.literal(1), suite: z.string(), about: z.string(), environment, gate, figures })

const open: OpenOptions = { model: 'ledger', adapter: { rank: 4, alpha: 8, targets: [...LORA_TARGETS], seed: 1 } }
let folder: string
let host: Host
let policy: Policy
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'etude-bench-'))
  host = await openNodeHost({ modelRoot: PUBLIC })
  policy = await host.open(open)
})
afterAll(async () => {
  await policy.close()
  await host.close()
  rmSync(folder, { recursive: true })
})
afterEach(() => {
  moved = 0
  vi.restoreAllMocks()
})

const names = (of: Figure[]) => figures.parse(of).map(({ name }) => name)
const said = async (...args: string[]) => {
  const out = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const status = await main('bench', args)
  return { status, out: out.mock.calls.flat().join('\n'), error: error.mock.calls.flat().join('\n') }
}

describe('the gate', () => {
  it.each([-0.002, Number.NaN])('prints no time where the log-probs are off by %f, and the status is 1', async (by) => {
    moved = by
    const { status, out, error } = await said('--suite', 'load', '--repetitions', '1')
    expect({ status, out }).toEqual({ status: 1, out: '' })
    expect(error).toMatch(/^etude bench: log-probs of scored tokens differ by/)
  })

  it('compares decoded tokens apart from scored ones', async () => {
    const { openDequantised } = await import('../proof/reference')
    const reference = await openDequantised((await describeModel('ledger')).source, policy.info.parameters, 'test')
    const { scored, decoded, tokens } = await checkNumbers(policy, reference)
    expect([scored, decoded].every((difference) => difference < 1e-4), `${scored} ${decoded}`).toBe(true)
    expect(tokens).toBe(23)
    const sample: Policy['sample'] = async (...args) =>
      (await policy.sample(...args)).map((group) => group.map((each) => ({ ...each, logprobs: each.logprobs.map((x) => x - 0.01) })))
    await expect(checkNumbers(Object.assign(Object.create(policy) as Policy, { sample }), reference)).rejects.toThrow('log-probs of decoded tokens differ')
  })
})

describe('a suite', () => {
  it('load: writes all that docs/formats.md says', async () => {
    const json = join(folder, 'load.json')
    const { status, out, error } = await said('--suite', 'load', '--repetitions', '1', '--json', json)
    expect(status, error).toBe(0)
    const written = result.parse(JSON.parse(readFileSync(json, 'utf8')))
    expect(written.figures.map(({ name }) => name)).toEqual(['device and graph', 'weights read and uploaded', 'kernels compiled', 'until ready'])
    expect(out).toContain('median ms')
  })

  it('decode: batches of 1 and 8', async () => {
    const { figures } = await decodeSuite(policy, 1, { prompt: 4, tokens: 12 })
    expect(names(figures)).toHaveLength(4)
    expect(figures[3]!.rates['tokens/s']).toBeCloseTo((8 * 11) / figures[3]!.seconds.median)
  })

  it('train: three parts and their sum', async () => {
    const { figures } = await trainSuite(policy, 2, { rows: 2, tokens: 8 })
    expect(names(figures)).toEqual(['forward', 'backward', 'AdamW', 'all three'])
    expect(figures[3]!.seconds.samples[1]).toBeCloseTo(figures.slice(0, 3).reduce((sum, { seconds }) => sum + seconds.samples[1]!, 0))
  })

  it('step: parts that sum to the step', async () => {
    const own = await openNodeHost({ modelRoot: PUBLIC })
    const { figures } = await stepSuite(own, { model: 'ledger' }, 1, { questions: 1, generations: 2 })
    expect(names(figures)).toEqual(['sample', 'forward', 'backward', 'step', 'outside the policy', 'whole step'])
    const [whole, ...parts] = figures.map(({ seconds }) => seconds.median).reverse()
    expect(parts.reduce((a, b) => a + b)).toBeCloseTo(whole!)
  })

  it('kernels: fractions of a measured ceiling', async () => {
    const tiny = { ...smallShapes, products: [[4, 32, 32]] as [number, number, number][], tokens: 8, width: 32, vocabulary: 64, headDim: 8, length: 4, copied: 4096, chains: 64, rounds: 4 }
    const { figures } = await kernelSuite(1, tiny)
    expect(names(figures).length).toBeGreaterThan(15)
    expect(figures.slice(2).every(({ rates }) => rates['of ceiling']! > 0)).toBe(true)
  })
})

it('a table says units and fractions', () => {
  const [figure] = figuresOf({ warmup: { a: 1 }, samples: [{ a: 0.5 }, { a: 0.25 }] }, { a: { 'GFLOP/s': 3, 'of ceiling': 0.3 } })
  expect(tableOf({ figures: [figure!] }).split('\n')[1]).toBe('a        375    313–438  2  1.00e+3  8.00 GFLOP/s, 80 % of the ceiling')
})

it('an installed package has no commit of its own', () => {
  expect(commitOf(folder)).toBeUndefined()
})

it.each([
  [[], '--suite is missing'],
  [['--suite', 'all'], '--suite is all'],
  [['--suite', 'load', '--repetitions', '1.5'], '--repetitions is 1.5'],
  [['--suite', 'load', '--device', 'browser'], '--device browser is not offered'],
])('refuses %j', async (args, words) => {
  const { status, error } = await said(...args)
  expect(status).toBe(2)
  expect(error).toContain(words)
})
