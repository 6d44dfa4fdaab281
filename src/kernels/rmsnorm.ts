/** Launcher of rmsnorm.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './rmsnorm.wgsl?raw'

const kernel = { name: 'rmsnorm', code }

/** x [M, C], w [C] → [M, C]; or x [M, H·C], each head normalised by itself with the same w. */
export function rmsnorm(g: Graph, x: Tensor, w: Tensor, eps: number): Tensor {
  const width = w.size
  const rows = x.size / width
  const y = g.tensor(x.shape)
  const size = words(rows, width, { f32: eps })
  g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), rows, size, [x, w, undefined, y])
  if (g.tracks(x)) g.record(y, () => g.gpu.launch(g.gpu.pipeline(kernel, 'backward'), rows, size, [x, w, g.gradient(y), g.gradient(x)]))
  return y
}
