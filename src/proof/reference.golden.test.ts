/**
 * The references of `verify`, on every file of the real exporters: ONNX Runtime where it computes in float32, else our f64 forward;
 * both against torch in f64 on the dequantised weights of that file.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openDisk } from '../hub/disk'
import { SHARED } from '../hub/golden'
import { readModel } from '../onnx/model'
import { openReference } from './reference'

interface Numbers {
  logprobs: number[][]
  greedy: number[]
  greedy_min_gap: number
}

interface References {
  inputs: { batch: number[][]; greedy_prompt: number[] }
  variants: Record<string, { weights64: Numbers; ort?: Numbers | null; ort_level0?: Numbers | null }>
}

const dialects = join(SHARED, 'models/dialects')
const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(dialects, ...path), 'utf8')) as T
const models = existsSync(dialects) ? readdirSync(dialects).filter((model) => existsSync(join(dialects, model, 'manifest.json'))) : []
const all = models.flatMap((model) => {
  const { variants } = read<{ variants: Record<string, { expect: string }> }>(model, 'manifest.json')
  return Object.keys(variants).filter((name) => variants[name]!.expect === 'run').map((variant) => ({ model, variant })) // prettier-ignore
})

const LIMIT = 5e-5
/** Of the two best logits; below it another token is rounding. */
const TIE = 1e-3

function difference(a: number[][], b: number[][]): number {
  expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length))
  return a.flatMap((row, i) => row.map((x, t) => Math.abs(x - b[i]![t]!))).reduce((most, x) => (x <= most ? most : x), 0)
}

describe.skipIf(all.length === 0)('references of the real exporters\' files (skipped without ETUDE_SHARED)', () => {
  const worst: Record<string, number> = {}
  const count: Record<string, number> = {}
  afterAll(() => {
    for (const kind of Object.keys(count)) console.info(`${kind}: ${count[kind]} files, largest |Δ log-prob| ${worst[kind]!.toExponential(1)}`)
  })

  it.each(all)('$model $variant', async ({ model, variant }) => {
    const { inputs, variants } = read<References>(model, 'reference.json')
    const { weights64, ort, ort_level0 } = variants[variant]!
    const repository = openDisk(join(dialects, model), model)
    const file = `onnx/${variant}.onnx`
    const reference = await openReference(repository, file, await readModel(repository, file), 1e6, () => import('onnxruntime-web'))
    // ONNX Runtime's own CPU, told to compute in float: where its numbers are torch's, so must be those of its WebAssembly.
    const native = ort_level0 ?? ort
    const exact = native && difference(native.logprobs, weights64.logprobs) <= LIMIT
    expect(reference.kind, reference.about).toBe(exact ? 'ort' : 'dequantised')
    const off = difference(await reference.logprobs(inputs.batch), weights64.logprobs)
    count[reference.kind] = (count[reference.kind] ?? 0) + 1
    worst[reference.kind] = Math.max(worst[reference.kind] ?? 0, off)
    expect(off).toBeLessThanOrEqual(reference.kind === 'ort' ? LIMIT : 1e-6)
    if (weights64.greedy_min_gap > TIE) {
      const prompt = inputs.greedy_prompt
      const choices = await reference.choices([[...prompt, ...weights64.greedy]], prompt.length)
      expect(choices[0]!.map(({ token }) => token)).toEqual(weights64.greedy)
      const leads = choices[0]!.map(({ lead }) => lead)
      expect(Math.abs(Math.min(...leads) - weights64.greedy_min_gap)).toBeLessThan(1e-4)
    }
    await reference.close()
  })
})
