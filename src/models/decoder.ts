/**
 * Decoders of the Llama kind, forward only: the tape plays the kernels' backwards. Qwen2 (arXiv 2407.10671) has biases on q, k and v;
 * Qwen3 (2505.09388) norms q and k head by head and has heads of a size of their own; Llama (2407.21783) and SmolLM2 have neither.
 * One code for training, prompts and decoding; they differ in `attend` alone.
 *
 *   x = E[ids];  for each layer:  x += o(attend(rope(q), rope(k), v(n))), q = norm(q(n)), k = norm(k(n)), n = norm₁(x)
 *                                 x += down(silu(gate(m)) ∘ up(m)), m = norm₂(x)
 *   out = norm(x)
 */
import type { Heads } from '../kernels/attention'
import { embedding, type Shard } from '../kernels/embedding'
import { linear, type Lora, type Rows } from '../kernels/linear'
import type { Matrix } from '../kernels/matrix'
import { residual } from '../kernels/residual'
import { rmsnorm } from '../kernels/rmsnorm'
import { rope, type RopeTables } from '../kernels/rope'
import { swiglu } from '../kernels/swiglu'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'

export interface DecoderConfig extends Heads {
  layers: number
  hidden: number
  ffn: number
  vocabulary: number
  eps: number
  /** Whether q and k are normed head by head. */
  qkNorm?: boolean
}

/** The seven linears of a layer, by the names that LoRA targets go by. */
export type Target = 'q_proj' | 'k_proj' | 'v_proj' | 'o_proj' | 'gate_proj' | 'up_proj' | 'down_proj'

export interface DecoderLayer {
  inputNorm: Tensor
  postNorm: Tensor
  weights: Record<Target, Matrix>
  biases: Partial<Record<Target, Tensor>>
  /** [D] each: weights of the norms of q and k. */
  qNorm?: Tensor
  kNorm?: Tensor
}

export interface Decoder {
  config: DecoderConfig
  embedding: Shard[]
  /** [V, C]; the embedding's own shards when tied. */
  head: Shard[]
  finalNorm: Tensor
  layers: DecoderLayer[]
  rope: RopeTables
}

/** Sizes [in, out] of each linear. */
export function linearSizes(c: DecoderConfig): Record<Target, [number, number]> {
  const [q, kv] = [c.heads * c.headDim, c.kvHeads * c.headDim]
  return {
    q_proj: [c.hidden, q],
    k_proj: [c.hidden, kv],
    v_proj: [c.hidden, kv],
    o_proj: [q, c.hidden],
    gate_proj: [c.hidden, c.ffn],
    up_proj: [c.hidden, c.ffn],
    down_proj: [c.ffn, c.hidden],
  }
}

export interface Pass {
  /** Token ids and their positions, [T] each. */
  ids: Tensor
  positions: Tensor
  /** Needed when an adapter learns. */
  rows?: Rows
  lora?: (layer: number, target: Target) => Lora | undefined
  /** Attention of layer `layer` over rotated q [T, H·D], k and v [T, K·D]. */
  attend: (g: Graph, layer: number, q: Tensor, k: Tensor, v: Tensor) => Tensor
}

/** Hidden states after the last norm, [T, C]. */
export function hiddenStates(g: Graph, model: Decoder, pass: Pass): Tensor {
  const { config } = model
  let x = embedding(g, pass.ids, model.embedding)
  model.layers.forEach((layer, index) => {
    x = g.scope(x, (inner, input) => block(inner, model, layer, index, pass, input))
  })
  return rmsnorm(g, x, model.finalNorm, config.eps)
}

function block(g: Graph, model: Decoder, layer: DecoderLayer, index: number, pass: Pass, x: Tensor): Tensor {
  const project = (input: Tensor, target: Target) =>
    linear(g, input, layer.weights[target], layer.biases[target], pass.lora?.(index, target), pass.rows)
  const n = rmsnorm(g, x, layer.inputNorm, model.config.eps)
  const turn = (heads: Tensor, norm: Tensor | undefined) =>
    rope(g, norm ? rmsnorm(g, heads, norm, model.config.eps) : heads, model.rope, pass.positions)
  const q = turn(project(n, 'q_proj'), layer.qNorm)
  const k = turn(project(n, 'k_proj'), layer.kNorm)
  const a = residual(g, x, project(pass.attend(g, index, q, k, project(n, 'v_proj')), 'o_proj'))
  const m = rmsnorm(g, a, layer.postNorm, model.config.eps)
  return residual(g, a, project(swiglu(g, project(m, 'gate_proj'), project(m, 'up_proj')), 'down_proj'))
}
