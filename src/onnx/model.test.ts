import { describe, expect, it } from 'vitest'
import { TINY_CONFIG, attribute, floats, memory, tinyFile, tinyNodes, tinyTensors, type NodeFixture, type TensorFixture } from './fixture'
import { readModel } from './model'

interface Changes {
  config?: Record<string, unknown>
  generation?: Record<string, unknown>
  nodes?: (nodes: NodeFixture[]) => NodeFixture[]
  tensors?: (tensors: Record<string, TensorFixture>) => void
  files?: Record<string, Uint8Array>
}

function open({ config, generation, nodes, tensors, files }: Changes = {}) {
  const all = tinyTensors()
  tensors?.(all)
  return readModel(
    memory({
      'config.json': JSON.stringify({ ...TINY_CONFIG, ...config }),
      ...(generation && { 'generation_config.json': JSON.stringify(generation) }),
      'onnx/model.onnx': tinyFile(nodes?.(tinyNodes()), all),
      ...files,
    }),
  )
}

describe('readModel', () => {
  it('splits packed q, k, v and their bias, and turns the head into the embedding', async () => {
    const { config, weights, dialect, warnings, ropeTables } = await open({ generation: { eos_token_id: [3, 2], bos_token_id: 1 } })
    expect(dialect).toBe('genai')
    expect(warnings).toEqual([])
    expect(ropeTables).toBeUndefined()
    expect(config).toMatchObject({ headDim: 2, heads: 2, kvHeads: 1, tied: true, eos: [3, 2], bos: 1, contextLength: 8 })
    const layer = weights.layers[0]!
    const source = tinyTensors()
    const packed = source['model.layers.0.attn.qkv_proj.MatMul.weight']!.values!
    expect([layer.q.dims, layer.k.dims, layer.v.dims]).toEqual([[4, 4], [4, 2], [4, 2]])
    expect([...(await layer.q.read())]).toEqual(packed.filter((_, i) => i % 8 < 4))
    expect([...(await layer.k.read())]).toEqual(packed.filter((_, i) => i % 8 === 4 || i % 8 === 5))
    expect([...(await layer.v.read())]).toEqual(packed.filter((_, i) => i % 8 > 5))
    const bias = source['model.layers.0.attn.qkv_proj.Add.bias']!.values!
    expect([...(await layer.kBias!.read())]).toEqual(bias.slice(4, 6))
    const head = source['lm_head.MatMul.weight']!.values! // [4, 5]
    expect(weights.head).toBeUndefined()
    expect(weights.embedding).toMatchObject({ dims: [5, 4], transposed: true })
    expect([...(await weights.embedding.read())]).toEqual(Array.from({ length: 20 }, (_, i) => head[(i % 4) * 5 + Math.floor(i / 4)]))
  })

  it('takes a model without biases', async () => {
    const { weights } = await open({ tensors: (all) => delete all['model.layers.0.attn.qkv_proj.Add.bias'] })
    expect(weights.layers[0]!.qBias).toBeUndefined()
  })

  it('follows the file where the head is a tensor of its own', async () => {
    const { weights, config, warnings } = await open({
      tensors: (all) => (all['model.embed_tokens.weight'] = { dims: [5, 4], values: Array<number>(20).fill(1) }),
      nodes: (nodes) => nodes.map((n) => (n.op === 'Gather' ? { ...n, inputs: ['model.embed_tokens.weight', 'input_ids'] } : n)),
    })
    expect(config.tied).toBe(false)
    expect(weights.head!.dims).toEqual([5, 4])
    expect(weights.embedding.transposed).toBe(false)
    expect(warnings).toEqual([expect.stringContaining('tie_word_embeddings')])
  })

  /** One pair of numbers a position, as theta has no part in the first frequency. */
  const table = (value: (angle: number) => number, rows: number): TensorFixture => {
    return { dims: [rows, 1], values: Array.from({ length: rows }, (_, i) => value(i)) }
  }

  it('gives the rotary tables of the file, and says where they differ from config.json', async () => {
    const tables = (speed: number, rows: number) => (all: Record<string, TensorFixture>) => {
      all.cos_cache = table((x) => Math.cos(x * speed), rows)
      all.sin_cache = table((x) => Math.sin(x * speed), rows)
    }
    const plain = await open({ tensors: tables(1, 8) })
    expect(plain.warnings).toEqual([])
    expect(plain.ropeTables!.rows).toBe(8)
    const slow = await open({ tensors: tables(0.5, 8) })
    expect(slow.warnings).toEqual([expect.stringContaining('differs from rope_theta 10000')])
    const scaled = await open({ tensors: tables(0.5, 8), config: { rope_scaling: { type: 'linear', factor: 2 } } })
    expect(scaled.warnings).toEqual([])
    const ignored = await open({ tensors: tables(1, 8), config: { rope_scaling: { rope_type: 'yarn', factor: 2 } } })
    expect(ignored.warnings).toEqual([expect.stringContaining('ignores the yarn scaling')])
    const short = await open({ tensors: tables(1, 6) })
    expect(short.config.contextLength).toBe(6)
    expect(short.warnings).toEqual([expect.stringContaining('ends at 6 of 8')])
  })

  const layer = 'model.layers.0'
  const plus = (extra: NodeFixture): Changes => ({ nodes: (nodes) => [...nodes, extra] })
  const epsilon = attribute.float('epsilon', 1e-5)
  const window16 = attribute.integer('local_window_size', 16)
  const nothing = (all: Record<string, TensorFixture>) => Object.keys(all).forEach((key) => delete all[key])
  const ninth = { dims: [1], values: [1] }
  const half = { dims: [4], dtype: 10, values: [0, 0] }
  const refusals: [string, Changes, string][] = [
    ['another family', { config: { model_type: 'llama' } }, 'model_type is "llama"'],
    ['a missing size', { config: { hidden_size: undefined } }, 'hidden_size is missing'],
    ['an impossible size', { config: { num_hidden_layers: -1 } }, 'num_hidden_layers is -1'],
    ['a sliding window', { config: { use_sliding_window: true, sliding_window: 16 } }, 'use_sliding_window is true'],
    ['scaled rope without a table', { config: { rope_scaling: { rope_type: 'yarn', factor: 4 } } }, 'yarn rope scaling'],
    ['a wrong epsilon', plus({ name: 'norm', op: 'SimplifiedLayerNormalization', attributes: [epsilon] }), 'epsilon of node norm'],
    ['a window in the graph', plus({ name: 'g', op: 'GroupQueryAttention', attributes: [window16], domain: 'com.microsoft' }), 'g is 16'],
    ['an unknown operator', plus({ name: '/model/moe', op: 'TopK' }), 'node /model/moe is TopK'],
    ['an operator of another domain', plus({ name: '/model/moe', op: 'MatMul', domain: 'x.y' }), 'is x.y.MatMul'],
    ['a quantised file', plus({ name: 'q', op: 'MatMulNBits', domain: 'com.microsoft' }), 'is quantised (com.microsoft.MatMulNBits in q)'],
    ['float16', { tensors: (all) => (all[`${layer}.input_layernorm.weight`] = half) }, 'stored as float16'],
    ['a missing weight', { tensors: (all) => delete all[`${layer}.mlp.up_proj.MatMul.weight`] }, `has no weight ${layer}.mlp.up_proj`],
    ['a missing node', { nodes: (n) => n.filter((node) => node.name !== '/lm_head/MatMul') }, 'has no node /lm_head/MatMul'],
    ['more layers than there are', { config: { num_hidden_layers: 2 } }, 'has no weight model.layers.1.'],
    ['fewer layers than there are', { tensors: (all) => (all['model.layers.9.x.weight'] = ninth) }, 'has the weight model.layers.9.x'],
    ['another shape', { config: { intermediate_size: 7 } }, 'is [4, 6], but config.json makes it [4, 7]'],
    ['a wrong vocabulary', { config: { vocab_size: 6 } }, 'lm_head.MatMul.weight is [4, 5], but config.json makes it [4, 6]'],
    ['unknown names', { nodes: () => [{ name: 'a', op: 'MatMul' }], tensors: nothing }, 'written by by hand with names that are not known'],
    ['config.json that is not JSON', { files: { 'config.json': new TextEncoder().encode('{,') } }, 'config.json of memory is not JSON'],
  ] // prettier-ignore
  it.each(refusals)('refuses %s in one sentence', async (_, changes, words) => {
    const message = await open(changes).then(
      () => 'it was taken',
      (error: unknown) => (error as Error).message,
    )
    expect(message).toContain(words)
    expect(message).toMatch(/^[^\n]+[^.]\.$/)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1 / 0])('refuses %s in a weight, naming tensor and index', async (value) => {
    const { weights } = await open({ tensors: (all) => (all[`${layer}.mlp.down_proj.MatMul.weight`]!.values![17] = value) })
    await expect(weights.layers[0]!.down.read()).rejects.toThrow(`${layer}.mlp.down_proj.MatMul.weight holds ${value} at index 17`)
    await expect(weights.layers[0]!.up.read()).resolves.toHaveLength(24)
  })

  it('refuses weights that are shorter than their shape, inline and outside', async () => {
    const inline = await open({ tensors: (all) => all['lm_head.MatMul.weight']!.values!.pop() })
    await expect(inline.weights.embedding.read()).rejects.toThrow('lm_head.MatMul.weight [4, 5] needs 80 bytes and has 76')
    const outside = (files: Record<string, Uint8Array>) =>
      open({ files, tensors: (all) => (all['lm_head.MatMul.weight'] = { dims: [4, 5], external: { location: 'd', offset: 4 } }) })
    await expect((await outside({})).weights.embedding.read()).rejects.toThrow('is stored in onnx/d, which is missing')
    await expect((await outside({ 'onnx/d': new Uint8Array(80) })).weights.embedding.read()).rejects.toThrow('has 76 in onnx/d')
    await expect((await outside({ 'onnx/d': floats(Array<number>(21).fill(1)) })).weights.embedding.read()).resolves.toHaveLength(20)
  })
})
