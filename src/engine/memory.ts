/** Bytes on the device, part by part, before anything is allocated. All f32. */
import type { MemoryPlan } from '../policy/host'
import { linearSizes, type DecoderConfig } from '../models/decoder'
import type { LoraShape } from './lora'

/** Bytes of activations (with their gradients when differentiated) that one token takes in a pass. */
export function activationBytes(c: DecoderConfig, lora: LoraShape, differentiate: boolean): number {
  const sizes = linearSizes(c)
  const [q, kv] = [sizes.q_proj[1], sizes.k_proj[1]]
  const low = lora.targets.length * lora.rank
  const layer = 6 * c.hidden + 3 * q + 3 * kv + 3 * c.ffn + c.heads + low
  const ends = 4 * c.hidden + 16 + Math.min(c.vocabulary, 4096)
  return 4 * (differentiate ? 2 * c.layers * layer + c.layers * low + 2 * ends : layer + ends)
}

/** Bytes of keys and values that one token takes while decoding. */
export function cacheBytes(c: DecoderConfig): number {
  return 4 * 2 * c.layers * c.kvHeads * c.headDim
}

export function modelParameters(c: DecoderConfig, tied: boolean, biases: boolean): number {
  const sizes = linearSizes(c)
  const linears = Object.values(sizes).reduce((sum, [input, output]) => sum + input * output, 0)
  const bias = biases ? sizes.q_proj[1] + 2 * sizes.k_proj[1] : 0
  return (tied ? 1 : 2) * c.vocabulary * c.hidden + c.layers * (linears + bias + 2 * c.hidden) + c.hidden
}

export function memoryPlan(
  c: DecoderConfig,
  parameters: number,
  lora: LoraShape,
  batch: { rows: number; tokens: number },
  budget: number,
): MemoryPlan {
  const sizes = linearSizes(c)
  const adapter = 4 * c.layers * lora.targets.reduce((sum, target) => sum + lora.rank * (sizes[target][0] + sizes[target][1]), 0)
  const parts = [
    { name: 'weights', bytes: 4 * parameters },
    { name: 'adapter, gradients and optimizer', bytes: 4 * adapter },
    { name: 'keys and values of rollouts', bytes: batch.rows * batch.tokens * cacheBytes(c) },
    { name: 'activations of a micro-batch', bytes: Math.min(budget, batch.rows * batch.tokens * activationBytes(c, lora, true)) },
  ]
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0) }
}
