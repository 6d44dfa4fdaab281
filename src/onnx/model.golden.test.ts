/**
 * Files of the real exporters: every float32 file gives the checkpoint's weights, bit for bit. (What the others say is compared in
 * `src/cli/dialects.golden.test.ts`.)
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readModel } from './model'
import type { Repository } from './repository'
import { readSafetensors } from './safetensors'
import type { WeightSource } from './weight'

const shared = process.env.ETUDE_SHARED ?? resolve(import.meta.dirname, '../../../shared')
const dialects = join(shared, 'models/dialects')

interface Case {
  folder: string
  file: string
  checkpoint: string
}

function cases(): Case[] {
  const found: Case[] = []
  const run = join(shared, 'golden/trl_run/checkpoint')
  if (existsSync(run)) found.push({ folder: run, file: 'onnx/model.onnx', checkpoint: join(run, 'model.safetensors') })
  if (!existsSync(dialects)) return found
  for (const model of readdirSync(dialects).sort()) {
    const manifest = join(dialects, model, 'manifest.json')
    if (!existsSync(manifest)) continue
    const { variants } = JSON.parse(readFileSync(manifest, 'utf8')) as { variants: Record<string, { dtype: string; expect: string }> }
    for (const [variant, { dtype, expect: wanted }] of Object.entries(variants)) {
      if ((dtype !== 'float32' && dtype !== 'fp32') || wanted !== 'run') continue
      found.push({ folder: join(dialects, model), file: `onnx/${variant}.onnx`, checkpoint: join(dialects, model, 'hf/model.safetensors') })
    }
  }
  return found
}

function folder(root: string, configName = 'config.json'): Repository {
  const at = (path: string) => join(root, path === 'config.json' ? configName : path)
  return {
    id: root.slice(shared.length + 1),
    size: (path) => Promise.resolve(statSync(at(path)).size),
    read: (path, offset, length) => Promise.resolve(new Uint8Array(readFileSync(at(path)).subarray(offset, offset + length))),
    text: (path) => Promise.resolve(readFileSync(at(path), 'utf8')),
    exists: (path) => Promise.resolve(existsSync(at(path))),
  }
}

const all = cases()
const name = ({ folder, file }: Case) => `${folder.slice(shared.length + 1)} ${file}`

describe.skipIf(all.length === 0)('files of the real exporters (skipped without ETUDE_SHARED)', () => {
  it.each(all.map((c) => [name(c), c] as const))('loads %s', async (_, { folder: root, file, checkpoint }) => {
    const { config, weights } = await readModel(folder(root), file)
    const truth = readSafetensors(readFileSync(checkpoint))
    const expectSame = async (source: WeightSource | undefined, key: string, turned = false) => {
      const tensor = truth.get(key)
      if (!tensor) throw new Error(`${key} is not in the checkpoint`)
      if (!source) return expect(tensor.data.every((x) => x === 0), `${key} is left out`).toBe(true)
      const [rows = 1, columns = 1] = tensor.shape
      expect(source.dims, key).toEqual(turned ? [columns, rows] : tensor.shape)
      const values = await source.read()
      expect(values.length, key).toBe(tensor.data.length)
      expect(values.every((x, i) => x === tensor.data[turned ? (i % rows) * columns + Math.floor(i / rows) : i]), key).toBe(true)
    }
    await expectSame(weights.embedding, 'model.embed_tokens.weight')
    if (truth.has('lm_head.weight')) await expectSame(weights.head, 'lm_head.weight')
    else if (weights.head) await expectSame(weights.head, 'model.embed_tokens.weight')
    await expectSame(weights.finalNorm, 'model.norm.weight')
    expect(weights.layers.length).toBe(config.layers)
    for (const [i, layer] of weights.layers.entries()) {
      const at = `model.layers.${i}`
      await expectSame(layer.inputNorm, `${at}.input_layernorm.weight`)
      if (layer.qNorm) await expectSame(layer.qNorm, `${at}.self_attn.q_norm.weight`)
      if (layer.kNorm) await expectSame(layer.kNorm, `${at}.self_attn.k_norm.weight`)
      expect(truth.has(`${at}.self_attn.q_norm.weight`)).toBe(layer.qNorm !== undefined)
      await expectSame(layer.postNorm, `${at}.post_attention_layernorm.weight`)
      for (const part of ['q', 'k', 'v', 'o'] as const) await expectSame(layer[part], `${at}.self_attn.${part}_proj.weight`, true)
      for (const part of ['gate', 'up', 'down'] as const) await expectSame(layer[part], `${at}.mlp.${part}_proj.weight`, true)
      for (const part of ['q', 'k', 'v'] as const) {
        if (truth.has(`${at}.self_attn.${part}_proj.bias`)) await expectSame(layer[`${part}Bias`], `${at}.self_attn.${part}_proj.bias`)
        else expect(layer[`${part}Bias`]).toBeUndefined()
      }
    }
  })

  const both = all.filter((c) => existsSync(join(c.folder, 'config.v5.json')))
  it.each(both.map((c) => [name(c), c] as const))('reads the newer spelling of the config of %s', async (_, { folder: root, file }) => {
    const [old, fresh] = [await readModel(folder(root), file), await readModel(folder(root, 'config.v5.json'), file)]
    expect(fresh.config).toEqual(old.config)
    expect(fresh.warnings).toEqual(old.warnings)
  })
})
