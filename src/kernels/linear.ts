/**
 * y = x·Wᵀ + bias + (alpha / rank) · (x·Aᵀ)·Bᵀ, with W [out, in] frozen in the format of its file, A [R, in] and B [out, R] as PEFT has
 * them.
 *
 *   dx += dy·W + v·A,   v = (alpha / rank) · dy·B,   dB += (alpha / rank) · dyᵀ·(x·Aᵀ),   dA += vᵀ·x
 *
 * Both ways go through the same bytes of W, turned or not.
 */
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import { type LowRank, nn, nt, tn } from './matmul'
import { type Matrix, plain } from './matrix'

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

/** x [M, in] → [M, out]. */
export function linear(g: Graph, x: Tensor, w: Matrix, bias?: Tensor, lora?: Lora, rows?: Rows): Tensor {
  const { gpu } = g
  const { columns: k, rows: n } = w
  const m = x.size / k
  const y = g.tensor([m, n])
  const [ahead, back] = w.turned ? [nn, nt] : [nt, nn]
  const through = (low?: LowRank) => back(gpu, { x: g.gradient(y), w, y: g.gradient(x), m, k: n, n: k, add: true }, undefined, low)
  if (!lora) {
    ahead(gpu, { x, w, y, m, k, n }, bias)
    if (g.tracks(x)) g.record(y, () => through())
    return y
  }
  const { rank, scale } = lora
  const u = g.tensor([m, rank])
  nt(gpu, { x, w: plain(lora.a), y: u, m, k, n: rank })
  ahead(gpu, { x, w, y, m, k, n }, bias, { u, b: lora.b, rank, scale })
  if (g.tracks(x) || lora.gradients) {
    g.record(y, () => {
      const dy = g.gradient(y)
      const v = g.tensor([m, rank])
      nn(gpu, { x: dy, w: plain(lora.b), y: v, m, k: n, n: rank, scale })
      if (g.tracks(x)) through({ u: v, b: lora.a, rank, scale: 1, wide: true })
      if (!lora.gradients) return
      if (!rows) throw new Error('A learning adapter needs the table of rows, to sum its gradients row by row')
      tn(gpu, { x: dy, w: u, y: lora.gradients.b, m: n, n: rank, scale }, rows)
      tn(gpu, { x: v, w: x, y: lora.gradients.a, m: rank, n: k }, rows)
    })
  }
  return y
}
