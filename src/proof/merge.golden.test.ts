/**
 * Adapters merged into every file of the shared models, and the adapters that PEFT wrote: what cannot be merged says why. As f16 and q4 into
 * some of the files; into all with ETUDE_BY_HAND=1.
 */
import * as ort from 'onnxruntime-web'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SHARED } from '../hub/golden'
import { checkMerge } from './merge.fixture'

const root = join(SHARED, 'models', 'dialects')
const models = existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, 'manifest.json'))) : []
const files = models.flatMap((model) => readdirSync(join(root, model, 'onnx')).filter((name) => name.endsWith('.onnx')).map((name) => ({ model, name })))
const bases = existsSync(join(root, 'adapters')) ? readdirSync(join(root, 'adapters')) : []
const adapters = bases.flatMap((base) => readdirSync(join(root, 'adapters', base)).map((name) => ({ base, name })))

interface Manifest {
  variants: Record<string, { expect?: string }>
}

describe.skipIf(files.length === 0)('merged into the files of models/dialects (skipped without ETUDE_SHARED)', () => {
  it.each(files)('$model $name', async ({ model, name }) => {
    const folder = join(root, model)
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest
    const index = files.findIndex((each) => each.model === model && each.name === name)
    const type = (['f32', 'f16', 'q4'] as const)[process.env.ETUDE_BY_HAND ? 1 + (index % 2) : index % 10 < 3 ? index % 10 : 0]!
    const merging = (as: 'f32' | 'f16' | 'q4') => checkMerge(folder, `onnx/${name}`, as, ort)
    if (manifest.variants[name.replace('.onnx', '')]?.expect === 'refuse') {
      await expect(merging('f32')).rejects.toThrow(/^[^\n]{20,}$/)
      return
    }
    const found = await merging('f32')
    console.info(`${model} ${name}: moved ${found.moved.toExponential(1)}, ours ${found.ours.toExponential(1)}, ORT ${typeof found.ort === 'number' ? found.ort.toExponential(1) : found.ort}, stored ${found.error.toExponential(1)}`)
    expect(found.moved).toBeGreaterThan(0.1)
    // a float16 graph takes float16 weights whatever is asked for
    expect(found.ours).toBeLessThan(found.error > 0 ? 0.1 : 1e-3)
    if (typeof found.ort === 'number') expect(found.ort).toBeLessThan(1e-3)
    if (type === 'f32') return
    const narrow = await merging(type)
    console.info(`${model} ${name} as ${type}: ours ${narrow.ours.toExponential(1)}, ORT ${String(narrow.ort)}, stored ${narrow.error.toExponential(1)}`)
    if (typeof narrow.ort === 'number') expect(Math.abs(narrow.ort - narrow.ours)).toBeLessThan(2e-3)
    expect(narrow.error).toBeLessThan(type === 'q4' ? 0.15 : 5e-4)
  })

  it.each(adapters)('$base with $name of PEFT', async ({ base, name }) => {
    const folder = join(root, 'adapters', base, name)
    const given = Object.fromEntries(readdirSync(folder).map((file) => [file, new Uint8Array(readFileSync(join(folder, file)))]))
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    const merging = checkMerge(join(root, base), 'onnx/model.onnx', 'f32', ort, given)
    if (config.use_dora || config.modules_to_save) {
      await expect(merging).rejects.toThrow(/only plain LoRA can be continued/)
      return
    }
    const found = await merging
    expect(found.ours).toBeLessThan(1e-3)
    expect(found.ort).toBeLessThan(1e-3)
  })
})
