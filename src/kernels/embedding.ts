/** Launchers of embedding.wgsl: the embedding (whose table may live in several buffers) and the picking of rows. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './embedding.wgsl?raw'

const kernel = { name: 'embedding', code, light: ['forward', 'backward', 'scatter'] }

/** Rows first … first + rows − 1 of a [V, C] table: what one binding can hold. */
export interface Shard {
  first: number
  rows: number
  table: Tensor
}

/** ids [T] → [T, C]; with `gradients` (one per shard) the table learns. */
export function embedding(g: Graph, ids: Tensor, shards: readonly Shard[], gradients?: readonly Tensor[]): Tensor {
  const width = shards[0]!.table.shape[1]!
  const y = g.tensor([ids.size, width])
  for (const { table, first, rows } of shards) {
    g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), y.size, words(ids.size, width, first, rows), [ids, table, y])
  }
  if (gradients) {
    g.record(y, () => {
      shards.forEach(({ first, rows }, i) => {
        const size = words(ids.size, width, first, rows)
        g.gpu.launch(g.gpu.pipeline(kernel, 'backward'), rows * width, size, [ids, g.gradient(y), gradients[i]])
      })
    })
  }
  return y
}

/** Rows `ids` [n] of x [N, C]. When differentiated no id may appear twice. */
export function pick(g: Graph, x: Tensor, ids: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number]
  const y = g.tensor([ids.size, width])
  const size = words(ids.size, width, 0, rows)
  g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), y.size, size, [ids, x, y])
  if (g.tracks(x)) g.record(y, () => g.gpu.launch(g.gpu.pipeline(kernel, 'scatter'), y.size, size, [ids, g.gradient(y), g.gradient(x)]))
  return y
}
