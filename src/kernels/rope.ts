/** Launcher of rope.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './rope.wgsl?raw'

const kernel = { name: 'rope', code, light: ['forward', 'backward'] }

/** cos and sin of position · frequency, [positions, D/2] each. */
export interface RopeTables {
  cos: Tensor
  sin: Tensor
}

/** x [T, H·D], positions [T] → [T, H·D]. */
export function rope(g: Graph, x: Tensor, tables: RopeTables, positions: Tensor): Tensor {
  const [tokens, width] = x.shape as [number, number]
  const y = g.tensor(x.shape)
  const size = words(tokens, width, tables.cos.shape[1]!)
  g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), x.size / 2, size, [x, tables.cos, tables.sin, positions, y])
  if (g.tracks(x)) {
    const backward = g.gpu.pipeline(kernel, 'backward')
    g.record(y, () => g.gpu.launch(backward, x.size / 2, size, [g.gradient(y), tables.cos, tables.sin, positions, g.gradient(x)]))
  }
  return y
}
