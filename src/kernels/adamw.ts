/** Launcher of adamw.wgsl. */
import type { Gpu } from '../gpu/gpu'
import { words } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import code from './adamw.wgsl?raw'

const kernel = { name: 'adamw', code, light: ['forward'] }

export interface AdamState {
  parameters: Tensor
  gradients: Tensor
  m: Tensor
  v: Tensor
  /** From which number on valueLearningRate holds; from none when left out. */
  headStart?: number | undefined
}

export interface AdamSettings {
  learningRate: number
  /** learningRate when left out. */
  valueLearningRate?: number | undefined
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** 0 turns clipping off. */
  maxGradNorm: number
}

/** Step number `t` (1 for the first) on flat tensors of one size; returns ‖gradient‖ before clipping. Gradients become zero. */
export async function adamw(gpu: Gpu, state: AdamState, t: number, s: AdamSettings): Promise<number> {
  const n = state.parameters.size
  const block = Math.ceil(Math.sqrt(n))
  const blocks = Math.ceil(n / block)
  const partial = gpu.tensor([blocks])
  const total = gpu.tensor([2])
  const valueRate = s.valueLearningRate ?? s.learningRate
  const size = words(
    n,
    block,
    blocks,
    { f32: s.maxGradNorm },
    { f32: s.learningRate / (1 - s.beta1 ** t) },
    { f32: s.beta1 },
    { f32: s.beta2 },
    { f32: Math.sqrt(1 - s.beta2 ** t) },
    { f32: s.epsilon },
    { f32: s.learningRate * s.weightDecay },
    state.headStart ?? n,
    { f32: valueRate / (1 - s.beta1 ** t) },
    { f32: valueRate * s.weightDecay },
  )
  gpu.launch(gpu.pipeline(kernel, 'squares'), blocks, size, [state.gradients, partial])
  gpu.launch(gpu.pipeline(kernel, 'norm'), 1, size, [undefined, partial, total])
  gpu.launch(gpu.pipeline(kernel, 'forward'), n, size, [state.gradients, undefined, total, state.parameters, state.m, state.v])
  try {
    return (await gpu.readFloats(total))[0]!
  } finally {
    gpu.release(partial)
    gpu.release(total)
  }
}
