/** Launcher of value.wgsl: one number for each hidden state, from a linear head that learns. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import code from './value.wgsl?raw'

const kernel = { name: 'value', code, light: ['slope', 'learn'] }

export interface ValueHead {
  /** C numbers and one. */
  weight: Tensor
  bias: Tensor
  /** Where their gradients are summed; the head does not learn without them. */
  gradients?: { weight: Tensor; bias: Tensor }
}

/** x [T, C] → [T]. */
export function value(g: Graph, x: Tensor, { weight, bias, gradients }: ValueHead): Tensor {
  const [rows, width] = x.shape as [number, number]
  const y = g.tensor([rows])
  const size = words(rows, width)
  const launch = (entry: string, threads: number, bindings: (Tensor | undefined)[]) =>
    g.gpu.launch(g.gpu.pipeline(kernel, entry), threads, size, bindings)
  launch('forward', rows, [x, weight, bias, y])
  if (gradients ?? g.tracks(x)) {
    g.record(y, () => {
      const [none, dy] = [undefined, g.gradient(y)]
      if (g.tracks(x)) launch('slope', x.size, [none, weight, none, none, dy, g.gradient(x)])
      if (gradients) launch('learn', width + 1, [x, none, none, none, dy, none, gradients.weight, gradients.bias])
    })
  }
  return y
}
