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
    const { config, weights, dialect, warnings } = await open({ generation: { eos_token_id: [3, 2], bos_token_id: 1 } })
    expect(dialect).toBe('genai')
    expect(warnings).toEqual([])
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
    expect(weights.embedding.dims).toEqual([5, 4])
    expect(weights.embedding.stored).toMatchObject({ rows: 5, columns: 4, turned: true, format: { kind: 'f32' } })
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
    expect(weights.embedding.stored.turned).toBe(false)
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
    expect([...(await plain.rope.tables(3)).cos]).toEqual([1, Math.cos(1), Math.cos(2)])
    const slow = await open({ tensors: tables(0.5, 8) })
    expect(slow.warnings).toEqual([expect.stringContaining('differs from rope_theta 10000')])
    expect([...(await slow.rope.tables(3)).sin]).toEqual([0, Math.fround(Math.sin(0.5)), Math.fround(Math.sin(1))])
    const scaled = await open({ tensors: tables(0.5, 8), config: { rope_scaling: { type: 'linear', factor: 2 } } })
    expect(scaled.warnings).toEqual([])
    expect((await scaled.rope.tables(3)).sin[1]).toBe(Math.sin(0.5))
    const ignored = await open({ tensors: tables(1, 8), config: { rope_scaling: { rope_type: 'yarn', factor: 2 } } })
    expect(ignored.warnings).toEqual([expect.stringContaining('ignores the yarn scaling')])
    const short = await open({ tensors: tables(1, 6) })
    expect(short.config.contextLength).toBe(6)
    expect(short.warnings).toEqual([expect.stringContaining('ends at 6 of 8')])
  })

  const layer = 'model.layers.0'
  const plus = (...extra: NodeFixture[]): Changes => ({ nodes: (nodes) => [...nodes, ...extra] })
  const epsilon = attribute.float('epsilon', 1e-5)
  const window16 = attribute.integer('local_window_size', 16)
  const nothing = (all: Record<string, TensorFixture>) => Object.keys(all).forEach((key) => delete all[key])
  const ninth = { dims: [1], values: [1] }
  const headOf = (weight: string): NodeFixture => ({ name: '/lm_head/MatMul', op: 'MatMul', inputs: ['x', weight] })
  const circle = { name: 'a', op: 'Cast' }
  const bytes = { dims: [4], dtype: 2, values: [0] }
  const refusals: [string, Changes, string][] = [
    ['another family', { config: { model_type: 'mamba' } }, 'model_type is "mamba"'],
    ['experts by their number', { config: { num_experts: 8 } }, 'is a mixture of experts'],
    ['experts by the name', { config: { model_type: 'qwen3_moe' } }, '"qwen3_moe" is a mixture of experts'],
    ['eyes', { config: { model_type: 'qwen2_5_vl' } }, 'also reads images'],
    ['eyes in a part of the config', { config: { vision_config: {} } }, 'also reads images'],
    ['an encoder', { config: { is_encoder_decoder: true } }, 'is an encoder and a decoder'],
    ['a bias of attention', { config: { model_type: 'llama', attention_bias: true } }, 'attention_bias is true'],
    ['a part of the head rotated', { config: { partial_rotary_factor: 0.5 } }, 'partial_rotary_factor is 0.5'],
    ['linear attention', { config: { layer_types: ['linear_attention'] } }, 'layer_types holds ["linear_attention"]'],
    ['another activation', { config: { hidden_act: 'gelu' } }, 'hidden_act is "gelu"'],
    ['an unknown scaling', { config: { rope_scaling: { type: 'longrope' } } }, 'the rope type is "longrope"'],
    ['a scaling without its factor', { config: { rope_scaling: { type: 'linear' } } }, 'factor of the linear rope scaling is missing'],
    ['absurd layers', { config: { num_hidden_layers: 1e9 } }, 'num_hidden_layers is 1000000000'],
    ['a missing size', { config: { hidden_size: undefined } }, 'hidden_size is missing'],
    ['an impossible size', { config: { num_hidden_layers: -1 } }, 'num_hidden_layers is -1'],
    ['a sliding window', { config: { use_sliding_window: true, sliding_window: 4 } }, 'only 4 tokens back (sliding_window) of 8'],
    ['a wrong epsilon', plus({ name: 'norm', op: 'SimplifiedLayerNormalization', attributes: [epsilon] }), 'epsilon of node norm'],
    ['a window in the graph', plus({ name: 'g', op: 'GroupQueryAttention', attributes: [window16], domain: 'com.microsoft' }), 'g is 16'],
    ['an unknown operator', plus({ name: '/model/moe', op: 'TopK' }), 'node /model/moe is TopK'],
    ['an operator of another domain', plus({ name: '/model/moe', op: 'MatMul', domain: 'x.y' }), 'is x.y.MatMul'],
    ['a circle of nodes', plus(headOf('a'), { ...circle, inputs: ['a'], outputs: ['a'] }), 'comes from Cast (a)'],
    ['a missing weight', { tensors: (all) => delete all[`${layer}.mlp.up_proj.MatMul.weight`] }, 'has no node /model/layers.0/mlp/up_proj'],
    ['a missing lookup', { nodes: (n) => n.filter((node) => node.op !== 'Gather') }, 'has no node /model/embed_tokens/Gather'],
    ['more layers than there are', { config: { num_hidden_layers: 2 } }, 'has no node /model/layers.1/'],
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

  /** up_proj as MatMulNBits of 4 bits with blocks of 16; its scales are 1 to 6. */
  type Tensors = Record<string, TensorFixture>
  const quantised = (attributes: Record<string, number> = {}, inputs: string[] = [], more: Tensors = {}): Changes => ({
    nodes: (nodes) => [
      ...nodes,
      {
        name: '/model/layers.0/mlp/up_proj/MatMul_Q4',
        op: 'MatMulNBits',
        domain: 'com.microsoft',
        inputs: ['x', 'up', 'scales', ...inputs],
        attributes: Object.entries({ K: 4, N: 6, bits: 4, block_size: 16, ...attributes }).map(([name, n]) => attribute.integer(name, n)),
      },
    ],
    tensors: (all) => {
      delete all[`${layer}.mlp.up_proj.MatMul.weight`]
      Object.assign(all, { up: { dims: [6, 1, 8], dtype: 2, values: Array<number>(12).fill(0) } }, more)
      all.scales = { dims: [6], values: [1, 2, 3, 4, 5, 6] }
    },
  })
  const order = (values: number[]) => ({ order: { dims: [values.length], dtype: 6, values } })

  it('takes four bits beside floats, and says so', async () => {
    const { weights, dtype, activations, warnings } = await open(quantised({ accuracy_level: 4 }))
    expect(dtype).toBe('f32 and q4, blocks of 16')
    expect(activations).toBe('int8')
    expect(warnings).toEqual([expect.stringContaining('activations rounded to 8 bits')])
    const { up } = weights.layers[0]!
    expect(up.stored).toMatchObject({ rows: 6, columns: 4, turned: false })
    // All codes are 0 and the zero point is 8; [in, out]
    expect([...(await up.read())]).toEqual(Array.from({ length: 24 }, (_, i) => -8 * ((i % 6) + 1)))
  })

  // Written as floats: 0 has the bits of the integer 0, the block that every input belongs to.
  it('takes an order of inputs that is the usual one', async () => {
    await expect(open(quantised({}, ['', 'order'], order([0, 0, 0, 0])))).resolves.toMatchObject({ dialect: 'genai' })
  })

  const quantisedRefusals: [string, Changes, string][] = [
    ['one bit', quantised({ bits: 1 }), 'up is quantised to 1 bits'],
    ['tiny blocks', quantised({ block_size: 8 }), 'up has blocks of 8'],
    ['other sizes', quantised({ N: 7 }), 'MatMul_Q4 is [7, 4], but config.json makes it [6, 4]'],
    ['codes that are too few', quantised({ bits: 8 }), 'up is uint8 [6, 1, 8], which is not 6 rows of 4 codes of 8 bits'],
    ['prepacked weights', quantised({ weight_prepacked: 1 }), 'weights packed for one kind of processor'],
    ['another order of inputs', quantised({}, ['', 'order'], order([0, 1, 0, 0])), 'an order of inputs of its own (g_idx)'],
    ['a bias inside', quantised({}, ['', '', 'b'], { b: ninth }), 'a bias inside'],
    ['zeros of another number', quantised({}, ['b'], { b: ninth }), 'b is [1], but its matrix needs 6 values'],
  ]
  it.each(quantisedRefusals)('refuses %s in one sentence', async (_, changes, words) => {
    const message = await open(changes).then(
      () => 'it was taken',
      (error: unknown) => (error as Error).message,
    )
    expect(message).toContain(words)
    expect(message).toMatch(/^[^\n]+[^.]\.$/)
  })

  it('refuses a vector of integers when it is read', async () => {
    const { weights } = await open({ tensors: (all) => (all[`${layer}.input_layernorm.weight`] = bytes) })
    await expect(weights.layers[0]!.inputNorm.read()).rejects.toThrow('input_layernorm.weight is stored as uint8, and must be a float')
  })

  it('takes a window that never binds', async () => {
    for (const config of [
      { use_sliding_window: true, sliding_window: 8 },
      { use_sliding_window: true, sliding_window: 4, max_window_layers: 1 },
      { use_sliding_window: false, sliding_window: 4 },
    ]) expect((await open({ config })).config.contextLength).toBe(8) // prettier-ignore
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
