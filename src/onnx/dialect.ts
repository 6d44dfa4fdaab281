/**
 * Which tensor of a file is which weight. Two exporters write such files, each with names of its own for nodes and vectors:
 * `optimum` (torch.onnx): /model/layers.0/self_attn/q_proj/MatMul, model.layers.0.self_attn.q_proj.bias;
 * `genai` (ONNX Runtime GenAI's model builder): /model/layers.0/attn/q_proj/MatMul, model.layers.0.attn.q_proj.Add.bias; there
 * q, k, v and gate, up may be packed, and a tied model may hold its embedding only as the head's matrix.
 */
import type { ModelConfig } from './config'
import { asLinear, asTable, Finder } from './finder'
import { sliceRows } from './matrix'
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

/** How a dialect calls what it has. */
interface Names {
  attention: string
  bias: string
  headNorm: string
  finalNorm: (layers: number) => string
}

const NAMES: Record<Dialect, Names> = {
  optimum: { attention: 'self_attn', bias: 'bias', headNorm: 'weight', finalNorm: () => 'model.norm.weight' },
  genai: {
    attention: 'attn',
    bias: 'Add.bias',
    headNorm: 'layernorm.weight',
    finalNorm: (layers) => `model.layers.${layers}.final_norm_layernorm.weight`,
  },
}

export function dialectOf(graph: Graph): Dialect {
  const has = (part: string) =>
    graph.nodes.some(({ name }) => name.startsWith(`/model/layers.0/${part}/`)) ||
    [...graph.tensors.keys()].some((name) => name.startsWith(`model.layers.0.${part}.`))
  if (has(NAMES.genai.attention)) return 'genai'
  if (has(NAMES.optimum.attention)) return 'optimum'
  throw new Error(
    `${graph.file} was written by ${graph.producer.slice(0, 60) || 'an unknown program'} with names that are not known here; ` +
      'use a file of optimum or of the ONNX Runtime GenAI model builder (onnx-community has both).',
  )
}

/** Throws one sentence for an operator, weight or shape that does not fit a model of this config. */
export async function findWeights(place: Place, graph: Graph, config: ModelConfig, dialect: Dialect): Promise<Weights> {
  checkGraph(graph, config, dialect)
  const find = new Finder(place, graph, config)
  const names = NAMES[dialect]
  const layers = Array.from({ length: config.layers }, (_, index) => findLayer(find, names, index))
  const embedding = find.table(config.vocabulary, config.hidden)
  const head = find.linear('/lm_head', config.vocabulary, config.hidden)
  const weights: Weights = {
    embedding: asTable(embedding.matrix),
    ...(head.key !== embedding.key && { head: asTable(head.matrix) }),
    finalNorm: find.vector(names.finalNorm(config.layers), config.hidden),
    layers,
  }
  await find.finish()
  return weights
}

function findLayer(find: Finder, names: Names, index: number): LayerWeights {
  const { hidden, ffn, heads, kvHeads, headDim, qkNorm } = find.config
  const [q, kv] = [heads * headDim, kvHeads * headDim]
  const node = `/model/layers.${index}`
  const at = `model.layers.${index}`
  const attention = `${node}/${names.attention}`
  const linear = (name: string, rows: number, columns: number) => asLinear(find.linear(name, rows, columns).matrix)
  /** Several linears of the same inputs: packed in one matrix, row after row, or each by itself. */
  const parts = (folder: string, packed: string, sizes: [string, number][]): MatrixSource[] => {
    const name = `${folder}/${packed}`
    const weight = `${name.slice(1).replaceAll('/', '.')}.MatMul.weight`
    if (!find.hasLinear(name) && !find.has(weight)) return sizes.map(([part, rows]) => linear(`${folder}/${part}`, rows, hidden))
    const { matrix } = find.linear(name, sum(sizes), hidden)
    return sizes.map(([, rows], i) => asLinear(sliceRows(matrix, sum(sizes.slice(0, i)), rows)))
  }
  const qkv: [string, number][] = [['q_proj', q], ['k_proj', kv], ['v_proj', kv]] // prettier-ignore
  const [qWeight, kWeight, vWeight] = parts(attention, 'qkv_proj', qkv)
  const [gate, up] = parts(`${node}/mlp`, 'gate_up_proj', [['gate_proj', ffn], ['up_proj', ffn]]) // prettier-ignore
  const packedBias = `${at}.${names.attention}.qkv_proj.${names.bias}`
  const [qBias, kBias, vBias] = qkv.map(([part, size], i) => {
    if (find.has(packedBias)) return find.vector(packedBias, sum(qkv), sum(qkv.slice(0, i)), size)
    return find.optional(`${at}.${names.attention}.${part}.${names.bias}`, size)
  })
  const norm = (part: string) => find.vector(`${at}.${names.attention}.${part}_norm.${names.headNorm}`, headDim)
  return {
    inputNorm: find.vector(`${at}.input_layernorm.weight`, hidden),
    q: qWeight!,
    k: kWeight!,
    v: vWeight!,
    o: linear(`${attention}/o_proj`, hidden, q),
    gate: gate!,
    up: up!,
    down: linear(`${node}/mlp/down_proj`, hidden, ffn),
    postNorm: find.vector(`${at}.post_attention_layernorm.weight`, hidden),
    ...(qkNorm && { qNorm: norm('q'), kNorm: norm('k') }),
    ...(qBias && { qBias }),
    ...(kBias && { kBias }),
    ...(vBias && { vBias }),
  }
}

function sum(sizes: [string, number][]): number {
  return sizes.reduce((total, [, size]) => total + size, 0)
}
