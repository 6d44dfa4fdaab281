/** Bytes on the device, part by part, before anything is allocated. All but the weights is f32. */
import { matrixBytes } from '../kernels/matrix'
import { linearSizes, type DecoderConfig } from '../models/decoder'
import type { Model } from '../onnx/model'
import type { MatrixSource } from '../onnx/weight'
import type { BatchSize, MemoryPlan } from '../policy/host'
import { largestRank, type LoraShape } from './lora-shape'

/**
 * Bytes of activations (with their gradients when differentiated) that one token of a prompt takes in a pass, and one of a completion
 * at most. Where no layer is kept, a prompt's keys and values are.
 */
export function activationBytes(c: DecoderConfig, lora: LoraShape, differentiate: boolean): number {
  const { layer, low, ends } = sizesOf(c, lora)
  return differentiate ? 4 * (2 * c.layers * layer + c.layers * low + 2 * ends) : 4 * (layer + ends) + cacheBytes(c)
}

/** The same of a differentiated pass that computes each layer again in its backward: it keeps keys and values with their gradients. */
export function recomputedBytes(c: DecoderConfig, lora: LoraShape): number {
  const { layer, low, ends } = sizesOf(c, lora)
  return 4 * (2 * c.layers * c.hidden + 2 * layer + low + 2 * ends) + 2 * cacheBytes(c)
}

/** Numbers of one token: in a layer, in LoRA's middle, and outside of the layers. */
function sizesOf(c: DecoderConfig, lora: LoraShape): { layer: number; low: number; ends: number } {
  const sizes = linearSizes(c)
  const [q, kv] = [sizes.q_proj[1], sizes.k_proj[1]]
  const low = lora.targets.length * largestRank(lora)
  const norms = c.qkNorm ? q + kv : 0
  const layer = 6 * c.hidden + 3 * q + 3 * kv + norms + 3 * c.ffn + 2 * c.heads + low
  return { layer, low, ends: 4 * c.hidden + 16 + Math.min(c.vocabulary, 4096) }
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

/** Tensors as large as the adapter: itself, its gradients, those that come from prompts, and AdamW's two. */
export const ADAPTERS = 5

/** Most decode steps of one submit: keys and values of a row have room for so many tokens beyond its limit. */
export const BLOCK = 8

/**
 * `budget`: bytes for the activations of a micro-batch, and for the keys and values of one batch of rollouts; where one row takes
 * more, its layers are computed again in the backward. `weights`: bytes, those of f32 unless given.
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
  const { rows, tokens, shared } = batch
  const again = tokens * activationBytes(c, lora, true) > budget
  const token = again ? recomputedBytes(c, lora) : activationBytes(c, lora, true)
  const spared = shared ? (rows - Math.ceil(rows / shared.group)) * Math.min(shared.prompt, tokens) : 0
  const bounded = (one: number, all: number) => Math.max(one, Math.min(budget, all))
  const cached = cacheBytes(c)
  const parts = [
    { name: 'weights', bytes: weights },
    { name: 'adapter, gradients and optimizer', bytes: ADAPTERS * adapter },
    { name: 'keys and values of rollouts', bytes: bounded(tokens * cached, (rows * (tokens + BLOCK) - spared) * cached) },
    {
      name: `activations of a micro-batch${again ? ', its layers computed again' : ''}`,
      bytes: bounded(tokens * token, (rows * tokens - spared) * token),
    },
  ]
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0) }
}
