/** Launcher of attention.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './attention.wgsl?raw'

const kernel = { name: 'attention', code }

export interface Heads {
  heads: number
  kvHeads: number
  headDim: number
}

/** Keys and values that rows begin with, many rows with the same ones. */
export interface Prefix {
  /** [P, K·D]. */
  k: Tensor
  v: Tensor
  /** First query and end of those that see each key, [P, 2]. */
  seen: Tensor
  /** What is added to in the backward, shaped as k and v; without it the prefix does not learn. */
  gradients?: { k: Tensor; v: Tensor } | undefined
}

/**
 * q [T, H·D], k and v [T, K·D] → [T, H·D]. spans [T, 2]: first token and end of each token's row; with a prefix [2·T, 2]: then first
 * token and end of each token's prefix.
 */
export function attention(g: Graph, q: Tensor, k: Tensor, v: Tensor, spans: Tensor, heads: Heads, prefix?: Prefix): Tensor {
  const { heads: count, kvHeads, headDim } = heads
  if (headDim % 4 !== 0 || count % kvHeads !== 0)
    throw new Error(`Attention needs a head size that 4 divides and whole groups, not ${headDim}, ${count}/${kvHeads}`)
  const tokens = q.shape[0]!
  const linked = { HEAD: headDim }
  const size = (keys: number, apart: boolean) => words(keys, count, kvHeads, { f32: 1 / Math.sqrt(headDim) }, Number(apart))
  const o = g.tensor(q.shape)
  const sums = g.tensor([tokens, count, 2])
  const { gpu } = g
  const gap = [undefined, undefined, undefined, undefined]
  const apart = [prefix?.k ?? gpu.nothing, prefix?.v ?? gpu.nothing]
  const inputs = [q, k, v, spans, sums, o, ...gap, ...apart]
  gpu.launch(gpu.pipeline(kernel, 'forward', linked), tokens * count, size(tokens, prefix !== undefined), inputs)
  if (!g.tracks(q) && !g.tracks(k) && !g.tracks(v)) return o
  g.record(o, () => {
    const dO = g.gradient(o)
    const [dq, dk, dv] = [g.gradient(q), g.gradient(k), g.gradient(v)]
    const queries = gpu.pipeline(kernel, 'backwardQ', linked)
    const keys = gpu.pipeline(kernel, 'backwardKV', linked)
    gpu.launch(queries, tokens * count, size(tokens, false), [q, k, v, spans, sums, o, dO, dq])
    gpu.launch(keys, tokens * kvHeads, size(tokens, false), [q, k, v, spans, sums, undefined, dO, undefined, dk, dv])
    if (!prefix) return
    gpu.launch(queries, tokens * count, size(tokens, true), [q, prefix.k, prefix.v, spans, sums, o, dO, dq])
    if (!prefix.gradients) return
    const there = prefix.k.shape[0]!
    const { gradients, seen } = prefix
    const bindings = [q, prefix.k, prefix.v, seen, sums, undefined, dO, undefined, gradients.k, gradients.v]
    gpu.launch(keys, there * kvHeads, size(there, true), bindings)
  })
  return o
}
