/** Launcher of residual.wgsl. */
import { words } from '../gpu/kernel'
import type { Gpu } from '../gpu/gpu'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './residual.wgsl?raw'

const kernel = { name: 'residual', code, light: ['forward', 'backward'] }

/** a + b, of one shape. */
export function residual(g: Graph, a: Tensor, b: Tensor): Tensor {
  const y = g.tensor(a.shape)
  const size = words(y.size)
  g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), y.size, size, [a, b, y])
  const inputs = [a, b].filter((x) => g.tracks(x))
  if (inputs.length > 0) {
    g.record(y, () => {
      for (const x of inputs) g.gpu.launch(g.gpu.pipeline(kernel, 'backward'), y.size, size, [g.gradient(y), undefined, g.gradient(x)])
    })
  }
  return y
}

/** to += from, of one size. */
export function add(gpu: Gpu, from: Tensor, to: Tensor): void {
  gpu.launch(gpu.pipeline(kernel, 'backward'), to.size, words(to.size), [from, undefined, to])
}
