/** The operators that each dialect's float32 Qwen2 graphs are made of; anything else would change the answers unseen. */
import type { ModelConfig } from './config'
import type { Dialect } from './dialect'
import type { Graph, Node } from './scan'

/** torch.onnx with eager or scaled-dot-product attention, opsets 14 to 18, and ours. */
const OPTIMUM = `Add And Cast Concat Constant ConstantOfShape Cos CumSum Div Equal Expand Flatten Gather Greater GreaterOrEqual Identity
  IsNaN Less LessOrEqual MatMul Max Min Mul Neg Not Or Pow Range ReduceMean Reshape ScatterND Shape Sigmoid Sin Slice Softmax Split Sqrt
  Squeeze Sub Tile Transpose Trilu Unsqueeze Where`
const GENAI = `Add Cast Concat Constant Gather Identity MatMul Mul ReduceSum Reshape Shape Sigmoid SimplifiedLayerNormalization Sub
  Transpose Unsqueeze com.microsoft.GroupQueryAttention com.microsoft.RotaryEmbedding com.microsoft.SkipSimplifiedLayerNormalization`
const KNOWN: Record<Dialect, Set<string>> = { optimum: words(OPTIMUM), genai: words(GENAI) }

const QUANTISED = words(`com.microsoft.MatMulNBits com.microsoft.MatMulBnb4 com.microsoft.GatherBlockQuantized
  com.microsoft.MatMulIntegerToFloat com.microsoft.DynamicQuantizeMatMul MatMulInteger DynamicQuantizeLinear DequantizeLinear
  QuantizeLinear`)

/** Throws one sentence for an unknown operator, a quantised file, or an attribute that contradicts config.json. */
export function checkGraph(graph: Graph, config: ModelConfig, dialect: Dialect): void {
  const operators = graph.nodes.map((node) => ({ node, operator: node.domain ? `${node.domain}.${node.op}` : node.op }))
  const quantised = operators.find(({ operator }) => QUANTISED.has(operator))
  if (quantised) {
    throw new Error(
      `${graph.file} is quantised (${quantised.operator} in ${quantised.node.name}), and only float32 files can be loaded yet; ` +
        'choose the float32 file, usually onnx/model.onnx.',
    )
  }
  for (const { node, operator } of operators) {
    if (!KNOWN[dialect].has(operator)) {
      throw new Error(
        `${graph.file}: node ${node.name} is ${operator}, which a Qwen2 model does not have; ` +
          'use an unchanged export of a Qwen2 model in float32.',
      )
    }
    checkAttributes(graph, node, config)
  }
}

function checkAttributes(graph: Graph, node: Node, config: ModelConfig): void {
  const expect = (name: string, value: number | undefined, wanted: number) => {
    if (value !== undefined && Math.abs(value - wanted) > 1e-5 * Math.abs(wanted)) {
      throw new Error(
        `${graph.file}: ${name} of node ${node.name} is ${value}, but config.json makes it ${wanted}; ` +
          'take config.json and model from the same export.',
      )
    }
  }
  const integer = (name: string) => node.attributes[name]?.integer
  const float = (name: string) => node.attributes[name]?.float
  if (node.op.endsWith('SimplifiedLayerNormalization')) expect('epsilon', float('epsilon'), config.rmsNormEps)
  if (node.op === 'RotaryEmbedding') expect('interleaved', integer('interleaved'), 0)
  if (node.op === 'GroupQueryAttention') {
    expect('num_heads', integer('num_heads'), config.heads)
    expect('kv_num_heads', integer('kv_num_heads'), config.kvHeads)
    expect('local_window_size', integer('local_window_size'), -1)
    expect('softcap', float('softcap'), 0)
    expect('smooth_softmax', integer('smooth_softmax') === 1 ? 1 : 0, 0)
    expect('rotary_interleaved', integer('rotary_interleaved'), 0)
    if (float('scale') !== 0) expect('scale', float('scale'), 1 / Math.sqrt(config.headDim)) // 0 is the default, which is the same
  }
}

function words(text: string): Set<string> {
  return new Set(text.split(/\s+/))
}
