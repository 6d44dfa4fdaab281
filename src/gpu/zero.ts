/** Zeroes a tensor in order with the launches around it. */
import type { Gpu } from './gpu'
import { words } from './kernel'
import type { Tensor } from './tensor'
import code from './zero.wgsl?raw'

const kernel = { name: 'zero', code, light: ['forward'] }

export function zero(gpu: Gpu, tensor: Tensor): void {
  gpu.launch(gpu.pipeline(kernel, 'forward'), Math.ceil(tensor.size / 16), words(tensor.size), [tensor])
}
