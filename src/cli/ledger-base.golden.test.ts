/**
 * GRPO on the base that the recipe was calibrated on: tells a wrong engine from an unlucky base. Five seeds take about ten
 * minutes on two cores, so it is run by hand:  ETUDE_BY_HAND=1 npx vitest run --project node src/cli/ledger-base
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { engineHost } from '../engine/host'
import { nodeGpu } from '../gpu/node'
import { SHARED } from '../hub/golden'
import { attribute, memory, model, node, tensor, type NodeFixture, type TensorFixture } from '../onnx/fixture'
import type { Repository } from '../onnx/repository'
import { readSafetensors } from '../onnx/safetensors'
import { createRun } from '../runs/run'
import { parseSpec } from '../runs/spec'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(SHARED, 'models/ledger-base')
const why = !existsSync(folder) ? `no folder ${folder}` : process.env.ETUDE_BY_HAND ? '' : 'takes ten minutes: set ETUDE_BY_HAND=1'

/** The checkpoint as a GenAI file in memory, with the bundled model's tokenizer (the vocabularies are equal). */
function repository(): Repository {
  const config = readFileSync(join(folder, 'config.json'), 'utf8')
  const layers = (JSON.parse(config) as { num_hidden_layers: number }).num_hidden_layers
  const weights = readSafetensors(new Uint8Array(readFileSync(join(folder, 'model.safetensors'))))
  const get = (name: string, turned = false): TensorFixture => {
    const { shape, data } = weights.get(name) ?? weights.get(`model.${name}`)!
    if (!turned) return { dims: shape, values: [...data] }
    const [rows, columns] = shape as [number, number]
    return { dims: [columns, rows], values: Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!) }
  }
  const tensors: Record<string, TensorFixture> = { 'lm_head.MatMul.weight': get('model.embed_tokens.weight', true) }
  const nodes: NodeFixture[] = [
    {
      name: '/model/embed_tokens/Transpose',
      op: 'Transpose',
      inputs: ['lm_head.MatMul.weight'],
      attributes: [attribute.integers('perm', [1, 0])],
    },
    { name: '/model/embed_tokens/Gather', op: 'Gather', inputs: ['/model/embed_tokens/Transpose_out', 'input_ids'] },
    { name: '/lm_head/MatMul', op: 'MatMul', inputs: ['hidden', 'lm_head.MatMul.weight'] },
  ]
  for (let i = 0; i < layers; i++) {
    const [to, from] = [`model.layers.${i}`, `model.layers.${i}`]
    for (const p of ['q', 'k', 'v'] as const) {
      tensors[`${to}.attn.${p}_proj.MatMul.weight`] = get(`${from}.self_attn.${p}_proj.weight`, true)
      tensors[`${to}.attn.${p}_proj.Add.bias`] = get(`${from}.self_attn.${p}_proj.bias`)
    }
    tensors[`${to}.attn.o_proj.MatMul.weight`] = get(`${from}.self_attn.o_proj.weight`, true)
    for (const p of ['gate', 'up', 'down']) tensors[`${to}.mlp.${p}_proj.MatMul.weight`] = get(`${from}.mlp.${p}_proj.weight`, true)
    tensors[`${to}.input_layernorm.weight`] = get(`${from}.input_layernorm.weight`)
    tensors[`${to}.post_attention_layernorm.weight`] = get(`${from}.post_attention_layernorm.weight`)
    const attributes = [attribute.integer('num_heads', 4), attribute.integer('local_window_size', -1), attribute.float('scale', 0.25)]
    nodes.push({
      name: `/${to.replaceAll('model.', 'model/')}/attn/GroupQueryAttention`,
      op: 'GroupQueryAttention',
      domain: 'com.microsoft',
      attributes,
    })
  }
  tensors[`model.layers.${layers}.final_norm_layernorm.weight`] = get('model.norm.weight')
  const onnx = model(
    nodes.map(node),
    Object.entries(tensors).map(([name, fixture]) => tensor(name, fixture)),
  )
  const bundled = (file: string) => readFileSync(join(root, 'public/models/ledger', file), 'utf8')
  const text = Object.fromEntries(
    ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'].map((file) => [file, bundled(file)]),
  )
  return memory({ 'config.json': config, 'onnx/model.onnx': onnx, ...text })
}

/** Tokens at which the accuracy first passes `level`, between two evaluations by a straight line. */
function passes(points: { numTokens: number; accuracy: number }[], level: number): number {
  const i = points.findIndex(({ accuracy }) => accuracy >= level)
  if (i <= 0) return i === 0 ? 0 : Number.POSITIVE_INFINITY
  const [a, b] = [points[i - 1]!, points[i]!]
  return a.numTokens + ((level - a.accuracy) / (b.accuracy - a.accuracy)) * (b.numTokens - a.numTokens)
}

/** Mean and 95 % interval over five seeds (t with 4 degrees of freedom). */
function interval(values: number[]): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1))
  return `${mean.toFixed(mean < 10 ? 3 : 0)} ± ${((2.776 * std) / Math.sqrt(values.length)).toFixed(mean < 10 ? 3 : 0)}`
}

describe(`GRPO on ledger-base${why ? ` (skipped: ${why})` : ''}`, () => {
  it.skipIf(why)('passes .6 and .8 no later than the recipe, and ends as high', { timeout: 3_600_000 }, async () => {
    const files = repository()
    const host = engineHost({ gpu: nodeGpu, repository: () => files })
    const json = JSON.parse(readFileSync(join(root, 'examples/ledger-grpo.json'), 'utf8')) as object
    const runs: { start: number; six: number; eight: number; end: number }[] = []
    for (const seed of [1, 2, 3, 4, 5]) {
      const run = createRun(parseSpec({ ...json, seed, steps: 34, evaluation: { every: 2, problems: 200 } }), host)
      run.play()
      const { evaluations } = await run.done
      await run.close()
      const row = {
        start: evaluations[0]!.accuracy,
        six: passes([...evaluations], 0.6),
        eight: passes([...evaluations], 0.8),
        end: evaluations.at(-1)!.accuracy,
      }
      console.info(`seed ${seed}: ${JSON.stringify(row)} at ${evaluations.at(-1)!.numTokens} tokens`)
      runs.push(row)
    }
    for (const key of ['start', 'six', 'eight', 'end'] as const) console.info(`${key}: ${interval(runs.map((row) => row[key]))}`)
    const mean = (key: 'six' | 'eight' | 'end') => runs.reduce((sum, row) => sum + row[key], 0) / runs.length
    // The recipe: 4.0k ± .6k, 7.7k ± .9k, .884 ± .039 at 20k. An engine that is wrong learns later or less. Ours is a little ahead: on
    // this task's problems the base starts at .29 instead of .26 (LOG.md).
    expect(mean('six')).toBeLessThan(4600)
    expect(mean('eight')).toBeLessThan(8600)
    expect(mean('end')).toBeGreaterThan(0.845)
  })
})
