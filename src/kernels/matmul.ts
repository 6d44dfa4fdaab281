/** Launchers of matmul.wgsl. Shapes are stated there. */
import type { Gpu } from '../gpu/gpu'
import { words } from '../gpu/kernel'
import type { Tensor } from '../gpu/tensor'
import code from './matmul.wgsl?raw'
import { loading, type Matrix } from './matrix'

const kernel = { name: 'matmul', code }

export interface Product {
  x: Tensor
  w: Matrix
  y: Tensor
  m: number
  k: number
  n: number
  /** Multiplies the product; 1 unless said. */
  scale?: number
  /** Add to y instead of assigning. */
  add?: boolean
}

/** u [m, rank] times b, times `scale`; b is [n, rank], or [rank, n] where said. */
export interface LowRank {
  u: Tensor
  b: Tensor
  rank: number
  scale: number
  /** b is [rank, n]. */
  wide?: boolean
}

/** y = scale · x·w + bias + low-rank term, w stored [k, n]. */
export function nn(gpu: Gpu, p: Product, bias?: Tensor, low?: LowRank): void {
  multiply(gpu, 'nn', Math.ceil(p.m / 4) * Math.ceil(p.n / 16), p, bias, low)
}

/** y = scale · x·wᵀ + bias + low-rank term, w stored [n, k]. */
export function nt(gpu: Gpu, p: Product, bias?: Tensor, low?: LowRank): void {
  multiply(gpu, 'nt', Math.ceil(p.m / 4) * Math.ceil(p.n / 4), p, bias, low)
}

function multiply(gpu: Gpu, entry: 'nn' | 'nt', threads: number, p: Product, bias?: Tensor, low?: LowRank): void {
  const none = gpu.nothing
  const w = loading(kernel, p.w)
  const inputs = [p.x, w.values, p.y, bias ?? none, low?.u ?? none, low?.b ?? none]
  const bindings = [...inputs, undefined, w.scales, w.zeros]
  gpu.launch(gpu.pipeline(w.kernel, entry, w.linked), threads, shape(p, low, bias !== undefined), bindings)
}

/** y [m, n] += scale · xᵀ·w, summed row by row; `rows` holds the first token of each row and the end, [B + 1]. */
export function tn(gpu: Gpu, p: Omit<Product, 'w' | 'k' | 'add'> & { w: Tensor }, rows: Tensor): void {
  const threads = Math.ceil(p.m / 4) * Math.ceil(p.n / 4)
  const bindings = [p.x, p.w, p.y, undefined, undefined, undefined, rows]
  gpu.launch(gpu.pipeline(kernel, 'tn'), threads, shape({ ...p, k: rows.size - 1 }, undefined, false), bindings)
}

function shape(p: Omit<Product, 'w'>, low: LowRank | undefined, bias: boolean): Uint32Array<ArrayBuffer> {
  const [across, down] = low?.wide ? [1, p.n] : [low?.rank ?? 0, 1]
  const { scale = 1, add = false } = p
  const sizes = [p.m, p.k, p.n, low?.rank ?? 0]
  return words(...sizes, { f32: scale }, { f32: low?.scale ?? 0 }, Number(add), Number(bias), across, down)
}
