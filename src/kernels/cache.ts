/** Launchers of cache.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import type { Heads } from './attention'
import code from './cache.wgsl?raw'

const kernel = { name: 'cache', code, light: ['append'] }

/** Keys and values of one layer while decoding; cache.wgsl states the layouts. */
export interface Cache {
  promptK: Tensor
  promptV: Tensor
  ownK: Tensor
  ownV: Tensor
  capacity: number
}

/** q [M, H·D], k and v [M, K·D] of one new token a row → [M, H·D]; k and v join the cache. */
export function attendCached(
  g: Graph,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  cache: Cache,
  table: Tensor,
  positions: Tensor,
  heads: Heads,
): Tensor {
  const { gpu } = g
  const m = q.shape[0]!
  const linked = { HEAD: heads.headDim }
  const size = words(m, heads.heads, heads.kvHeads, { f32: 1 / Math.sqrt(heads.headDim) }, cache.capacity)
  const o = g.tensor(q.shape)
  const { promptK, promptV, ownK, ownV } = cache
  const put = [undefined, undefined, undefined, ownK, ownV, table, positions, undefined, k, v]
  gpu.launch(gpu.pipeline(kernel, 'append', linked), k.size / 4, size, put)
  gpu.launch(gpu.pipeline(kernel, 'attend', linked), m * heads.heads, size, [q, promptK, promptV, ownK, ownV, table, positions, o])
  return o
}
