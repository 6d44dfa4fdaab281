/** Launchers of embedding.wgsl: the embedding (whose table may live in several buffers) and the picking of rows. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './embedding.wgsl?raw'
import { loading, type Matrix, plain } from './matrix'

const kernel = { name: 'embedding', code, light: ['forward', 'backward', 'scatter'] }

/** Rows first … first + rows − 1 of a [V, C] table: what one binding can hold. */
export interface Shard {
  first: number
  rows: number
  /** Not turned. */
  table: Matrix
}

/** ids [T] → [T, C]; with `gradients` (one per shard, each table in f32) the table learns. */
export function embedding(g: Graph, ids: Tensor, shards: readonly Shard[], gradients?: readonly Tensor[]): Tensor {
  const width = shards[0]!.table.columns
  const y = g.tensor([ids.size, width])
  for (const { table, first, rows } of shards) gather(g, ids, table, y, first, rows)
  if (gradients) {
    g.record(y, () => {
      shards.forEach(({ first, rows }, i) => {
        const size = words(ids.size, width, first, rows)
        const bindings = [ids, undefined, gradients[i], g.gradient(y)]
        g.gpu.launch(g.gpu.pipeline(kernel, 'backward'), rows * width, size, bindings)
      })
    })
  }
  return y
}

/** Rows `ids` [n] of x [N, C]. When differentiated no id may appear twice. */
export function pick(g: Graph, x: Tensor, ids: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number]
  const y = g.tensor([ids.size, width])
  gather(g, ids, plain(x), y, 0, rows)
  if (g.tracks(x)) {
    const size = words(ids.size, width, 0, rows)
    g.record(y, () => g.gpu.launch(g.gpu.pipeline(kernel, 'scatter'), y.size, size, [ids, undefined, g.gradient(x), g.gradient(y)]))
  }
  return y
}

function gather({ gpu }: Graph, ids: Tensor, table: Matrix, y: Tensor, first: number, rows: number): void {
  const w = loading(kernel, table)
  const size = words(ids.size, table.columns, first, rows)
  const gap = [undefined, undefined, undefined, undefined]
  const bindings = [ids, w.values, y, ...gap, w.scales, w.zeros]
  gpu.launch(gpu.pipeline(w.kernel, 'forward', w.linked), ids.size * Math.ceil(table.columns / 4), size, bindings)
}
