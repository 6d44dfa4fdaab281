/** Every float32 Qwen2 file of the real exporters: verified against ONNX Runtime, and its log-probs against torch in float64. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { main } from './main'
import type { Verification } from './verify'

const dialects = join(SHARED, 'models/dialects')
const read = <T>(...path: string[]) => JSON.parse(readFileSync(join(dialects, ...path), 'utf8')) as T

function cases(): { model: string; variant: string }[] {
  if (!existsSync(dialects)) return []
  return readdirSync(dialects).flatMap((model) => {
    if (!existsSync(join(dialects, model, 'manifest.json'))) return []
    if (read<{ model_type: string }>(model, 'config.json').model_type !== 'qwen2') return []
    const { variants } = read<{ variants: Record<string, { dtype: string; expect: string }> }>(model, 'manifest.json')
    const names = Object.keys(variants).filter((name) => /^(float|fp)32$/.test(variants[name]!.dtype) && variants[name]!.expect === 'run')
    return names.map((variant) => ({ model, variant }))
  })
}

const all = cases()
describe.skipIf(all.length === 0)('files of the real exporters (skipped without ETUDE_SHARED)', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'etude-verify-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(all)('$model $variant', async ({ model, variant }) => {
    const { inputs, variants } = read<{
      inputs: { batch: number[][] }
      variants: Record<string, { weights64: { logprobs: number[][] } }>
    }>(model, 'reference.json')
    const [tokens, json] = [join(folder, 'tokens.json'), join(folder, 'result.json')]
    writeFileSync(tokens, JSON.stringify(inputs.batch))
    const file = `onnx/${variant}.onnx`
    expect(await main('verify', ['--model', join(dialects, model), '--file', file, '--tokens', tokens, '--json', json])).toBe(0)
    const { logprobs, logprob } = JSON.parse(readFileSync(json, 'utf8')) as Verification
    const truth = variants[variant]!.weights64.logprobs
    const differences = truth.flatMap((row, b) => row.map((x, t) => Math.abs(x - logprobs![b]![t]!)))
    const worst = Math.max(...differences)
    const [torch, ort] = [worst.toExponential(1), logprob.maxAbs.toExponential(1)]
    console.log(`${model} ${variant}: from torch in float64 ${torch}, from ONNX Runtime ${ort}`)
    expect(differences.length).toBe(inputs.batch.reduce((sum, row) => sum + row.length - 1, 0))
    expect(worst).toBeLessThanOrEqual(5e-5)
  })
})
