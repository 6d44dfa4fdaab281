/** Bytes on the device, part by part, before anything is allocated. All but the weights is f32. */
import { sizeClass } from '../gpu/pool'
import { CHUNK } from '../kernels/head'
import { matrixBytes } from '../kernels/matrix'
import { linearSizes, type DecoderConfig } from '../models/decoder'
import type { Model } from '../onnx/model'
import type { MatrixSource } from '../onnx/weight'
import type { BatchSize, MemoryPlan } from '../policy/host'
import { largestRank, type LoraShape } from './lora-shape'
import { completionTokens, partsOf, type Unit } from './pack'

/**
 * Bytes of activations (with their gradients when differentiated) that one token of a prompt takes in a pass, and one of a completion
 * at most. Where no layer is kept, a prompt's keys and values are.
 */
export function activationBytes(c: DecoderConfig, lora: LoraShape, differentiate: boolean): number {
  const { layer, ends, back, endsBack } = sizesOf(c, lora)
  return differentiate ? 4 * (c.layers * (layer + back) + ends + endsBack) : 4 * (layer + ends) + cacheBytes(c)
}

/** The same of a differentiated pass that computes each layer again in its backward: it keeps keys and values with their gradients. */
export function recomputedBytes(c: DecoderConfig, lora: LoraShape): number {
  const { layer, ends, back, endsBack } = sizesOf(c, lora)
  return 4 * (2 * c.layers * c.hidden + layer + back + ends + endsBack) + 2 * cacheBytes(c)
}

/** Numbers of one token in the tensors of a layer, and in those outside of the layers, one number for each tensor; `back`: in their gradients. */
function widthsOf(c: DecoderConfig, lora: LoraShape): Record<'layer' | 'ends' | 'back' | 'endsBack', number[]> {
  const sizes = linearSizes(c)
  const [q, kv] = [sizes.q_proj[1], sizes.k_proj[1]]
  const times = (n: number, width: number) => Array<number>(n).fill(width)
  const low = lora.targets.map(() => largestRank(lora))
  const norms = c.qkNorm ? [q, kv] : []
  const back = [...times(6, c.hidden), ...times(3, q), ...times(3, kv), ...norms, ...times(3, c.ffn), ...low]
  const ends = [...times(3, c.hidden), Math.min(c.vocabulary, CHUNK.columns), 16]
  return { layer: [...back, 2 * c.heads], ends, back, endsBack: times(2, c.hidden) }
}

function sizesOf(c: DecoderConfig, lora: LoraShape): Record<'layer' | 'ends' | 'back' | 'endsBack', number> {
  const sum = (widths: number[]) => widths.reduce((all, width) => all + width, 0)
  const { layer, ends, back, endsBack } = widthsOf(c, lora)
  return { layer: sum(layer), ends: sum(ends), back: sum(back), endsBack: sum(endsBack) }
}

/** Tokens of one micro-batch: of its prompts, and of the completions that go on from them. */
interface Load {
  prompts: number
  completions: number
}

/**
 * Most bytes that a micro-batch takes, tensor by tensor as the device's memory is dealt out. The prompts are read and wait while the
 * completions go forward and back and are given back; then the prompts go back.
 */
function trainingBytes(c: DecoderConfig, lora: LoraShape, { prompts, completions }: Load, again: boolean): number {
  const { layer, ends, back, endsBack } = widthsOf(c, lora)
  const bytes = (tokens: number, widths: number[]) => (tokens ? widths.reduce((sum, width) => sum + sizeClass(4 * tokens * width), 0) : 0)
  const kv = c.kvHeads * c.headDim
  const pass = (tokens: number, one: number[], outside: number[]) =>
    (again ? c.layers * bytes(tokens, [c.hidden]) + bytes(tokens, one) : c.layers * bytes(tokens, one)) + bytes(tokens, outside)
  const forward = (tokens: number) => pass(tokens, layer, ends)
  const backward = (tokens: number) => pass(tokens, back, endsBack)
  const keys = again ? 2 * c.layers * bytes(prompts, [kv, kv]) : c.layers * bytes(completions && prompts, [kv, kv])
  return forward(prompts) + Math.max(forward(completions) + backward(completions) + keys, backward(prompts) + (again ? keys : 0))
}

/** Bytes of a model's weights and rotary tables. */
export function weightBytes({ config, weights }: Model): number {
  const matrices = (sources: readonly MatrixSource[]) => sources.reduce((sum, { stored: { zeros, ...matrix } }) => sum + matrixBytes(matrix, zeros), 0)
  const linears = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
  const vectors = ['inputNorm', 'postNorm', 'qNorm', 'kNorm', 'qBias', 'kBias', 'vBias'] as const
  const size = (dims: readonly number[]) => 4 * dims.reduce((product, n) => product * n, 1)
  const { embedding, head, finalNorm, layers } = weights
  let bytes = size(finalNorm.dims) + 4 * config.contextLength * config.headDim
  bytes += matrices([embedding, ...(head ? [head] : [])])
  for (const layer of layers) {
    bytes += matrices(linears.map((name) => layer[name]))
    bytes += vectors.reduce((sum, name) => sum + (layer[name] ? size(layer[name].dims) : 0), 0)
  }
  return bytes
}

/** Bytes of keys and values that one token takes while decoding. */
export function cacheBytes(c: DecoderConfig): number {
  return 4 * 2 * c.layers * c.kvHeads * c.headDim
}

export function modelParameters(c: DecoderConfig, tied: boolean, biases: boolean): number {
  const sizes = linearSizes(c)
  const linears = Object.values(sizes).reduce((sum, [input, output]) => sum + input * output, 0)
  const bias = biases ? sizes.q_proj[1] + 2 * sizes.k_proj[1] : 0
  const norms = 2 * c.hidden + (c.qkNorm ? 2 * c.headDim : 0)
  return (tied ? 1 : 2) * c.vocabulary * c.hidden + c.layers * (linears + bias + norms) + c.hidden
}

/** Rows of which nothing is said but their length. */
const ALONE = { group: 1, prompt: 0 }

/** Tensors as large as the adapter: itself, its gradients, those that come from prompts, and AdamW's two. */
export const ADAPTERS = 5

/** Most decode steps of one submit: keys and values of a row have room for so many tokens beyond its limit. */
export const BLOCK = 8

/**
 * `budget`: bytes for the activations of a micro-batch, and for the keys and values of one batch of rollouts; where one row takes
 * more, its layers are computed again in the backward. `weights`: bytes, those of f32 unless given. Rollouts and gradients take turns.
 */
export function memoryPlan(
  c: DecoderConfig,
  parameters: number,
  lora: LoraShape,
  batch: BatchSize,
  budget: number,
  weights = 4 * parameters,
): MemoryPlan {
  const sizes = linearSizes(c)
  const adapter = 4 * c.layers * lora.targets.reduce((sum, target) => sum + largestRank(lora) * (sizes[target][0] + sizes[target][1]), 0)
  const again = batch.tokens * activationBytes(c, lora, true) > budget
  const token = again ? recomputedBytes(c, lora) : activationBytes(c, lora, true)
  const keys = rolloutBytes(c, batch, budget)
  const activations = Math.max(0, ...loadsOf(batch, Math.floor(budget / token)).map((load) => trainingBytes(c, lora, load, again)))
  const parts = [
    { name: 'weights', bytes: weights },
    { name: 'adapter, gradients and optimizer', bytes: ADAPTERS * adapter },
    { name: 'keys and values of rollouts', bytes: keys },
    {
      name: `activations of a micro-batch, beyond what rollouts left${again ? '; its layers are computed again' : ''}`,
      bytes: Math.max(0, activations - keys),
    },
  ]
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0) }
}

/** Keys and values of the rows that the sampler decodes at once, with those of their prompts. */
export function rolloutBytes(c: DecoderConfig, { rows, tokens, shared: { group, prompt } = ALONE }: BatchSize, budget: number): number {
  if (tokens === 0) return 0
  const capacity = tokens - Math.min(prompt, tokens) + BLOCK
  const row = cacheBytes(c) * (capacity + Math.ceil(prompt / group))
  const slots = Math.min(rows, Math.max(group, Math.floor(budget / row)))
  const width = 4 * c.kvHeads * c.headDim
  return 2 * c.layers * (sizeClass(slots * capacity * width) + (prompt && sizeClass(Math.ceil(slots / group) * prompt * width)))
}

/** The micro-batches of at most `most` tokens into which the scorer divides rows of this size. */
function loadsOf({ rows, tokens, shared: { group, prompt } = ALONE }: BatchSize, most: number): Load[] {
  if (tokens === 0) return []
  const read = Array<number>(Math.min(prompt, tokens)).fill(0)
  const completion = Array<number>(tokens - read.length).fill(0)
  const units = Array.from({ length: Math.ceil(rows / group) }, (_, q): Unit => {
    return { prompt: read, rows: Array.from({ length: Math.min(group, rows - q * group) }, (_, index) => ({ index, completion })) }
  })
  const count = (piece: Unit[]) => piece.reduce((sum, unit) => sum + unit.rows.length * completionTokens(completion, prompt === 0), 0)
  return partsOf(units, Math.max(1, most), prompt === 0).flatMap(({ units: together, pieces }) =>
    pieces.map((piece) => ({ prompts: together.length * read.length, completions: count(piece) })),
  )
}
