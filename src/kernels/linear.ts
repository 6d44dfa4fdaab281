/**
 * y = x·W + bias + (alpha / rank) · (x·Aᵀ)·Bᵀ, with W frozen [in, out] as ONNX keeps it, A [R, in] and B [out, R] as PEFT does.
 *
 *   dx += dy·Wᵀ + v·A,   v = (alpha / rank) · dy·B,   dB += (alpha / rank) · dyᵀ·(x·Aᵀ),   dA += vᵀ·x
 */
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import { nn, nt, tn } from './matmul'

/** A low-rank pair and where its gradients are summed; without gradients it is applied but does not learn. */
export interface Lora {
  a: Tensor
  b: Tensor
  rank: number
  scale: number
  gradients?: { a: Tensor; b: Tensor }
}

/** Rows (sequences) of the packed tokens: the first token of each and the end, [B + 1]. Only a learning adapter needs it. */
export type Rows = Tensor

export function linear(g: Graph, x: Tensor, w: Tensor, bias?: Tensor, lora?: Lora, rows?: Rows): Tensor {
  const [k, n] = w.shape as [number, number]
  const m = x.size / k
  const y = g.tensor([m, n])
  if (!lora) {
    nn(g.gpu, { x, w, y, m, k, n }, bias)
    if (g.tracks(x)) g.record(y, () => nt(g.gpu, { x: g.gradient(y), w, y: g.gradient(x), m, k: n, n: k, add: true }))
    return y
  }
  const { rank, scale } = lora
  const u = g.tensor([m, rank])
  nt(g.gpu, { x, w: lora.a, y: u, m, k, n: rank })
  nn(g.gpu, { x, w, y, m, k, n }, bias, { u, b: lora.b, rank, scale })
  if (g.tracks(x) || lora.gradients) {
    g.record(y, () => {
      const dy = g.gradient(y)
      const v = g.tensor([m, rank])
      nn(g.gpu, { x: dy, w: lora.b, y: v, m, k: n, n: rank, scale })
      if (g.tracks(x)) nt(g.gpu, { x: dy, w, y: g.gradient(x), m, k: n, n: k, add: true }, { u: v, b: lora.a, rank, scale: 1 })
      if (!lora.gradients) return
      if (!rows) throw new Error('A learning adapter needs the table of rows, to sum its gradients row by row')
      tn(g.gpu, { x: dy, w: u, y: lora.gradients.b, m: n, n: rank, scale }, rows)
      tn(g.gpu, { x: v, w: x, y: lora.gradients.a, m: rank, n: k }, rows)
    })
  }
  return y
}
