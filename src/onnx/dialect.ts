/**
 * Which tensor of a file is which weight. Two exporters write Qwen2 files:
 * `optimum` (torch.onnx): a linear's weight is found by its node's name, since its own name is a number;
 * `genai` (ONNX Runtime GenAI's model builder): by the tensor's name; q, k, v may be packed side by side, and a tied model
 * may hold its embedding only as the head's [C, V].
 */
import type { ModelConfig } from './config'
import { Finder } from './finder'
import { checkGraph } from './operators'
import type { Graph } from './scan'
import type { MatrixSource, Place, WeightSource } from './weight'

export type Dialect = 'optimum' | 'genai'

export interface LayerWeights {
  inputNorm: WeightSource
  q: MatrixSource
  k: MatrixSource
  v: MatrixSource
  o: MatrixSource
  gate: MatrixSource
  up: MatrixSource
  down: MatrixSource
  postNorm: WeightSource
  /** [D]; Qwen3. */
  qNorm?: WeightSource
  kNorm?: WeightSource
  qBias?: WeightSource
  kBias?: WeightSource
  vBias?: WeightSource
}

export interface Weights {
  /** [V, C] */
  embedding: MatrixSource
  /** [V, C]; absent where the head is the embedding. */
  head?: MatrixSource
  finalNorm: WeightSource
  layers: LayerWeights[]
}

export function dialectOf(graph: Graph): Dialect {
  const names = new Set(graph.nodes.map((node) => node.name))
  const has = (start: string) => [...graph.tensors.keys()].some((name) => name.startsWith(start))
  if (names.has('/model/layers.0/attn/o_proj/MatMul') || has('model.layers.0.attn.')) return 'genai'
  if ([...names].some((name) => name.startsWith('/model/layers.0/self_attn/'))) return 'optimum'
  throw new Error(
    `${graph.file} was written by ${graph.producer || 'an unknown program'} with names that are not known here; ` +
      'use a file of optimum or of the ONNX Runtime GenAI model builder (onnx-community has both).',
  )
}

/** Throws one sentence for an operator, weight or shape that does not fit a Qwen2 model of this config in float32. */
export function findWeights(place: Place, graph: Graph, config: ModelConfig, dialect: Dialect): Weights {
  checkGraph(graph, config, dialect)
  const finder = new Finder(place, graph, config)
  const weights = dialect === 'genai' ? genai(finder) : optimum(finder)
  finder.refuseLeftovers()
  return weights
}

function optimum(find: Finder): Weights {
  const { config } = find
  const { hidden: C, vocabulary: V } = config
  const { q, kv, o } = widths(config)
  const linear = (node: string, inSize: number, outSize: number) => find.linear(find.input(`${node}/MatMul`), [inSize, outSize])
  const layers = Array.from({ length: config.layers }, (_, i) => {
    const at = `/model/layers.${i}`
    const names = `model.layers.${i}`
    const bias = (part: string, size: number) => find.optional(`${names}.self_attn.${part}.bias`, [size])
    return withBiases(
      {
        inputNorm: find.named(`${names}.input_layernorm.weight`, [C]),
        q: linear(`${at}/self_attn/q_proj`, C, q),
        k: linear(`${at}/self_attn/k_proj`, C, kv),
        v: linear(`${at}/self_attn/v_proj`, C, kv),
        o: linear(`${at}/self_attn/o_proj`, o, C),
        gate: linear(`${at}/mlp/gate_proj`, C, config.ffn),
        up: linear(`${at}/mlp/up_proj`, C, config.ffn),
        down: linear(`${at}/mlp/down_proj`, config.ffn, C),
        postNorm: find.named(`${names}.post_attention_layernorm.weight`, [C]),
      },
      [bias('q_proj', q), bias('k_proj', kv), bias('v_proj', kv)],
    )
  })
  const embedding = find.tensor('model.embed_tokens.weight')
  const head = find.input('/lm_head/MatMul')
  return {
    embedding: find.plain({ tensor: embedding, turned: false }, [V, C]),
    ...(head.tensor === embedding ? {} : { head: find.turned(head, [V, C]) }),
    finalNorm: find.named('model.norm.weight', [C]),
    layers,
  }
}

function genai(find: Finder): Weights {
  const { config } = find
  const { hidden: C, vocabulary: V } = config
  const { q, kv, o } = widths(config)
  const linear = (name: string, inSize: number, outSize: number) => find.linear({ tensor: find.tensor(`${name}.MatMul.weight`), turned: false }, [inSize, outSize])
  const layers = Array.from({ length: config.layers }, (_, i) => {
    const names = `model.layers.${i}`
    const packed = find.has(`${names}.attn.qkv_proj.MatMul.weight`)
    const [qWeight, kWeight, vWeight] = packed
      ? find.columns(`${names}.attn.qkv_proj.MatMul.weight`, [C], [q, kv, kv])
      : [linear(`${names}.attn.q_proj`, C, q), linear(`${names}.attn.k_proj`, C, kv), linear(`${names}.attn.v_proj`, C, kv)]
    const bias = (part: string, size: number) => find.optional(`${names}.attn.${part}.Add.bias`, [size])
    const biases = find.has(`${names}.attn.qkv_proj.Add.bias`)
      ? find.columns(`${names}.attn.qkv_proj.Add.bias`, [], [q, kv, kv])
      : [bias('q_proj', q), bias('k_proj', kv), bias('v_proj', kv)]
    return withBiases(
      {
        inputNorm: find.named(`${names}.input_layernorm.weight`, [C]),
        q: qWeight!,
        k: kWeight!,
        v: vWeight!,
        o: linear(`${names}.attn.o_proj`, o, C),
        gate: linear(`${names}.mlp.gate_proj`, C, config.ffn),
        up: linear(`${names}.mlp.up_proj`, C, config.ffn),
        down: linear(`${names}.mlp.down_proj`, config.ffn, C),
        postNorm: find.named(`${names}.post_attention_layernorm.weight`, [C]),
      },
      biases,
    )
  })
  const head = find.input('/lm_head/MatMul')
  // The embedding by the node that looks it up: its own tensor, or the head's turned round.
  const lookUp = find.resolve(find.node('/model/embed_tokens/Gather').inputs[0] ?? '', 'the embedding')
  return {
    embedding: find.plain(lookUp, [V, C]),
    ...(head.tensor === lookUp.tensor ? {} : { head: find.turned(head, [V, C]) }),
    finalNorm: find.named(`model.layers.${config.layers}.final_norm_layernorm.weight`, [C]),
    layers,
  }
}

function widths({ heads, kvHeads, headDim }: ModelConfig): { q: number; kv: number; o: number } {
  return { q: heads * headDim, kv: kvHeads * headDim, o: heads * headDim }
}

function withBiases(layer: LayerWeights, [qBias, kBias, vBias]: (WeightSource | undefined)[]): LayerWeights {
  return { ...layer, ...(qBias && { qBias }), ...(kBias && { kBias }), ...(vBias && { vBias }) }
}
