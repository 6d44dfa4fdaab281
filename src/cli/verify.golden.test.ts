/**
 * The command on files of the real exporters: it agrees with its reference, names the right one, and its log-probs are torch's in f64
 * on the dequantised weights. One file of each dialect with each reference; all with ETUDE_BY_HAND=1 (a quarter of an hour).
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHARED } from '../hub/golden'
import type { Proof } from '../policy/host'
import { main } from './main'

interface References {
  inputs: { batch: number[][] }
  variants: Record<string, { weights64: { logprobs: number[][] } }>
}

const dialects = join(SHARED, 'models/dialects')
const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(dialects, ...path), 'utf8')) as T

interface Case {
  model: string
  variant: string
  dialect: string
  /** Whether the manifest names operators and types that ONNX Runtime computes in float32. */
  reference: 'ort' | 'dequantised'
}

function cases(): Case[] {
  const models = existsSync(dialects) ? readdirSync(dialects).filter((model) => existsSync(join(dialects, model, 'manifest.json'))) : []
  const all = models.flatMap((model) => {
    const { variants } = read<{ variants: Record<string, { dialect: string; dtype: string; expect: string; ops: Record<string, number> }> }>(
      model, 'manifest.json',
    ) // prettier-ignore
    const names = Object.keys(variants).filter((name) => variants[name]!.expect === 'run')
    return names.flatMap((variant): Case[] => {
      const { dialect, dtype, ops } = variants[variant]!
      // Of the other types, only the file says; its reference is tested in reference.golden.test.ts.
      if (ops.DynamicQuantizeLinear || dtype.includes('16')) return [{ model, variant, dialect, reference: 'dequantised' }]
      return /^(fp32|float32|q4)$/.test(dtype) ? [{ model, variant, dialect, reference: 'ort' }] : []
    })
  })
  if (process.env.ETUDE_BY_HAND) return all
  const kind = ({ dialect, reference }: Case) => `${dialect} ${reference}`
  return all.filter((each, i) => all.findIndex((other) => kind(other) === kind(each)) === i)
}

const all = cases()
describe.skipIf(all.length === 0)('files of the real exporters (skipped without ETUDE_SHARED)', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'etude-verify-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(all)('$model $variant, a $dialect file, against $reference', async ({ model, variant, dialect, reference }) => {
    const { inputs, variants } = read<References>(model, 'reference.json')
    const [tokens, json] = [join(folder, 'tokens.json'), join(folder, 'result.json')]
    writeFileSync(tokens, JSON.stringify(inputs.batch))
    const file = `onnx/${variant}.onnx`
    expect(await main('verify', ['--model', join(dialects, model), '--file', file, '--tokens', tokens, '--json', json])).toBe(0)
    const result = JSON.parse(readFileSync(json, 'utf8')) as Proof
    expect(result).toMatchObject({ dialect, reference, limit: 1e-4, adapter: { off: 0 }, pass: true })
    const { logprobs, logprob } = result
    const truth = variants[variant]!.weights64.logprobs
    const differences = truth.flatMap((row, b) => row.map((x, t) => Math.abs(x - logprobs![b]![t]!)))
    const worst = Math.max(...differences)
    console.log(`${model} ${variant}: from torch in float64 ${worst.toExponential(1)}, from the reference ${logprob.maxAbs.toExponential(1)}`)
    expect(differences.length).toBe(inputs.batch.reduce((sum, row) => sum + row.length - 1, 0))
    expect(worst).toBeLessThanOrEqual(5e-5)
  })
})
