/** Launcher of swiglu.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './swiglu.wgsl?raw'

const kernel = { name: 'swiglu', code, light: ['forward', 'backward'] }

/** silu(gate) ∘ up, any shape. */
export function swiglu(g: Graph, gate: Tensor, up: Tensor): Tensor {
  const y = g.tensor(gate.shape)
  const size = words(y.size)
  g.gpu.launch(g.gpu.pipeline(kernel, 'forward'), y.size, size, [gate, up, y])
  if (g.tracks(gate) || g.tracks(up)) {
    g.record(y, () => {
      const bindings = [gate, up, undefined, g.gradient(y), g.gradient(gate), g.gradient(up)]
      g.gpu.launch(g.gpu.pipeline(kernel, 'backward'), y.size, size, bindings)
    })
  }
  return y
}
