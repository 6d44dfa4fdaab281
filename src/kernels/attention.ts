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

/** q [T, H·D], k and v [T, K·D], spans [T, 2] (first token and end of each token's row) → [T, H·D]. */
export function attention(g: Graph, q: Tensor, k: Tensor, v: Tensor, spans: Tensor, { heads, kvHeads, headDim }: Heads): Tensor {
  if (headDim % 4 !== 0 || heads % kvHeads !== 0)
    throw new Error(`Attention needs a head size that 4 divides and whole groups, not ${headDim}, ${heads}/${kvHeads}`)
  const tokens = q.shape[0]!
  const linked = { HEAD: headDim }
  const size = words(tokens, heads, kvHeads, { f32: 1 / Math.sqrt(headDim) })
  const o = g.tensor(q.shape)
  const sums = g.tensor([tokens, heads, 2])
  const { gpu } = g
  gpu.launch(gpu.pipeline(kernel, 'forward', linked), tokens * heads, size, [q, k, v, spans, sums, o])
  if (g.tracks(q) || g.tracks(k) || g.tracks(v)) {
    g.record(o, () => {
      const dO = g.gradient(o)
      const [dq, dk, dv] = [g.gradient(q), g.gradient(k), g.gradient(v)]
      gpu.launch(gpu.pipeline(kernel, 'backwardQ', linked), tokens * heads, size, [q, k, v, spans, sums, o, dO, dq])
      const keys = gpu.pipeline(kernel, 'backwardKV', linked)
      gpu.launch(keys, tokens * kvHeads, size, [q, k, v, spans, sums, undefined, dO, undefined, dk, dv])
    })
  }
  return o
}
