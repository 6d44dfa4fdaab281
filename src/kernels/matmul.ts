/** Launchers of matmul.wgsl. Shapes are stated there. */
import type { Gpu } from '../gpu/gpu'
import { words } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import code from './matmul.wgsl?raw'

const kernel = { name: 'matmul', code }

export interface Product {
  x: Tensor
  w: Tensor
  y: Tensor
  m: number
  k: number
  n: number
  /** Multiplies the product; 1 unless said. */
  scale?: number
  /** Add to y instead of assigning. */
  add?: boolean
}

/** u [m, rank] times b ([n, rank] in nn, [rank, n] in nt), times `scale`. */
export interface LowRank {
  u: Tensor
  b: Tensor
  rank: number
  scale: number
}

/** y = scale · x·w + bias + low-rank term. */
export function nn(gpu: Gpu, p: Product, bias?: Tensor, low?: LowRank): void {
  const threads = Math.ceil(p.m / 4) * Math.ceil(p.n / 16)
  const none = gpu.nothing
  gpu.launch(gpu.pipeline(kernel, 'nn'), threads, shape(p, low, bias !== undefined), [
    p.x,
    p.w,
    p.y,
    bias ?? none,
    low?.u ?? none,
    low?.b ?? none,
  ])
}

/** y = scale · x·wᵀ + low-rank term. */
export function nt(gpu: Gpu, p: Product, low?: LowRank): void {
  const threads = Math.ceil(p.m / 4) * Math.ceil(p.n / 4)
  const none = gpu.nothing
  gpu.launch(gpu.pipeline(kernel, 'nt'), threads, shape(p, low, false), [p.x, p.w, p.y, undefined, low?.u ?? none, low?.b ?? none])
}

/** y [m, n] += scale · xᵀ·w, summed row by row; `rows` holds the first token of each row and the end, [B + 1]. */
export function tn(gpu: Gpu, p: Omit<Product, 'k' | 'add'>, rows: Tensor): void {
  const threads = Math.ceil(p.m / 4) * Math.ceil(p.n / 4)
  const bindings = [p.x, p.w, p.y, undefined, undefined, undefined, rows]
  gpu.launch(gpu.pipeline(kernel, 'tn'), threads, shape({ ...p, k: rows.size - 1 }, undefined, false), bindings)
}

function shape(p: Product, low: LowRank | undefined, bias: boolean): Uint32Array<ArrayBuffer> {
  return words(p.m, p.k, p.n, low?.rank ?? 0, { f32: p.scale ?? 1 }, { f32: low?.scale ?? 0 }, Number(p.add ?? false), Number(bias))
}
