/** The operators that each dialect's graphs are made of; anything else would change the answers unseen. */
import type { ModelConfig } from './config'
import type { Dialect } from './dialect'
import type { Graph, Node } from './scan'

const MATRICES = 'MatMul com.microsoft.MatMulNBits com.microsoft.MatMulBnb4 MatMulInteger DynamicQuantizeLinear DequantizeLinear'
/** torch.onnx with eager or scaled-dot-product attention, opsets 14 to 18, and ours. */
const OPTIMUM = `Add And Cast Concat Constant ConstantOfShape Cos CumSum Div Equal Expand Flatten Gather Greater GreaterOrEqual Identity
  IsNaN Less LessOrEqual Max Min Mul Neg Not Or Pow Range ReduceMean Reshape ScatterND Shape Sigmoid Sin Slice Softmax Split Sqrt
  Squeeze Sub Tile Transpose Trilu Unsqueeze Where ${MATRICES}`
/** The builder for GPUs and for CPUs; for the latter in float16, attention is written out around MultiHeadAttention. */
const GENAI = `Add Cast Concat Constant ConstantOfShape Equal Expand Gather Identity Less Mul Range ReduceSum Reshape Shape Sigmoid
  SimplifiedLayerNormalization Slice Split Squeeze Sub Tile Transpose Unsqueeze Where com.microsoft.GatherBlockQuantized
  com.microsoft.GroupQueryAttention com.microsoft.MultiHeadAttention com.microsoft.RotaryEmbedding
  com.microsoft.SkipSimplifiedLayerNormalization ${MATRICES}`
const KNOWN: Record<Dialect, Set<string>> = { optimum: words(OPTIMUM), genai: words(GENAI) }

/** Throws one sentence for an unknown operator, or an attribute that contradicts config.json. */
export function checkGraph(graph: Graph, config: ModelConfig, dialect: Dialect): void {
  for (const node of graph.nodes) {
    const operator = node.domain ? `${node.domain}.${node.op}` : node.op
    if (!KNOWN[dialect].has(operator)) {
      throw new Error(
        `${graph.file}: node ${node.name.slice(0, 100)} is ${operator.slice(0, 100)}, which a ${config.family} model does not have; ` +
          'use an unchanged export of such a model.',
      )
    }
    checkAttributes(graph, node, config)
  }
  if (dialect === 'genai') checkRotation(graph, config)
}

/** What the file asks of ONNX Runtime's arithmetic; ours is float32 whatever it says. */
export type Activations = 'float' | 'float16' | 'int8'

export function activationsOf(graph: Graph): Activations {
  const level = (node: Node) => (node.op === 'MatMulNBits' ? (node.attributes.accuracy_level?.integer ?? 0) : 0)
  if (graph.nodes.some((node) => node.op === 'DynamicQuantizeLinear' || level(node) === 4)) return 'int8'
  const norm = [...graph.tensors].find(([name]) => name.endsWith('norm.weight'))?.[1]
  return norm?.dtype === 'float16' || graph.nodes.some((node) => level(node) === 2) ? 'float16' : 'float'
}

function checkAttributes(graph: Graph, node: Node, config: ModelConfig): void {
  const expect = (name: string, value: number | undefined, wanted: number) => {
    if (value !== undefined && !(Math.abs(value - wanted) <= 1e-5 * Math.abs(wanted))) {
      throw new Error(
        `${graph.file}: ${name} of node ${node.name.slice(0, 100)} is ${value}, but config.json makes it ${wanted}; ` +
          'take config.json and model from the same export.',
      )
    }
  }
  const integer = (name: string) => node.attributes[name]?.integer
  const float = (name: string) => node.attributes[name]?.float
  const scale = () => {
    if (float('scale') !== 0) expect('scale', float('scale'), 1 / Math.sqrt(config.headDim)) // 0 is the default, which is the same
  }
  if (node.op.endsWith('SimplifiedLayerNormalization')) expect('epsilon', float('epsilon'), config.rmsNormEps)
  if (node.op === 'RotaryEmbedding') {
    expect('interleaved', integer('interleaved'), 0)
    expect('scale', float('scale'), 1)
    if (integer('rotary_embedding_dim') !== 0) expect('rotary_embedding_dim', integer('rotary_embedding_dim'), config.headDim)
  }
  if (node.op === 'MultiHeadAttention') {
    expect('num_heads', integer('num_heads'), config.heads)
    scale()
  }
  if (node.op === 'GroupQueryAttention') {
    expect('num_heads', integer('num_heads'), config.heads)
    expect('kv_num_heads', integer('kv_num_heads'), config.kvHeads)
    expect('local_window_size', integer('local_window_size'), -1)
    expect('softcap', float('softcap'), 0)
    expect('smooth_softmax', integer('smooth_softmax') === 1 ? 1 : 0, 0)
    expect('rotary_interleaved', integer('rotary_interleaved'), 0)
    expect('qk_norm_epsilon', float('qk_norm_epsilon'), config.rmsNormEps)
    scale()
    const extra = ['attention_bias', 'head_sink'].find((_, i) => node.inputs[10 + i])
    const where = `${graph.file}: node ${node.name.slice(0, 100)}`
    if (extra) throw new Error(`${where} has an input ${extra}, which cannot run here; choose another model.`)
    if (node.inputs[14] && !config.qkNorm) {
      const fix = 'take config.json and model from the same export'
      throw new Error(`${where} norms queries and keys, which a ${config.family} model does not; ${fix}.`)
    }
  }
}

/** Queries and keys of every layer are rotated once: by nodes of their own, or inside attention, which may leave its do_rotary out. */
function checkRotation(graph: Graph, { layers }: ModelConfig): void {
  const attention = graph.nodes.filter(({ op }) => op === 'GroupQueryAttention' || op === 'MultiHeadAttention')
  const count = (value: number) => attention.filter((node) => node.attributes.do_rotary?.integer === value).length
  const apart = graph.nodes.filter(({ op }) => op === 'RotaryEmbedding').length
  if (apart === 0 ? count(0) === 0 : apart === 2 * layers && count(1) === 0) return
  throw new Error(
    `${graph.file} has ${apart} rotary embeddings and ${count(1)} attentions that rotate for ${layers} layers, and ` +
      'queries and keys of every layer must be rotated once; choose another model.',
  )
}

function words(text: string): Set<string> {
  return new Set(text.split(/\s+/))
}
