import { describe, it } from 'vitest'
import { zero } from '../gpu/zero'
import { checkPair, uniform } from './check'
import { linear } from './linear'
import * as reference from './reference'

describe('linear', () => {
  const shapes = [
    { m: 1, k: 64, n: 64, rank: 0 },
    { m: 1, k: 16, n: 20, rank: 8 },
    { m: 7, k: 13, n: 37, rank: 3 },
    { m: 9, k: 33, n: 17, rank: 4 },
    { m: 5, k: 6, n: 3, rank: 1 },
  ]
  it.each(shapes)('[$m, $k] · [$k, $n] with rank $rank', async ({ m, k, n, rank }) => {
    const inputs = {
      x: { shape: [m, k], values: uniform(m * k, 1), learns: true },
      w: { shape: [k, n], values: uniform(k * n, 2) },
      bias: { shape: [n], values: uniform(n, 3) },
      a: { shape: [Math.max(rank, 1), k], values: uniform(Math.max(rank, 1) * k, 4), learns: rank > 0 },
      b: { shape: [n, Math.max(rank, 1)], values: uniform(n * Math.max(rank, 1), 5), learns: rank > 0 },
    }
    const scale = 1.5
    await checkPair(
      inputs,
      (g, { x, w, bias, a, b }) => {
        if (rank === 0) return { output: linear(g, x, w, bias) }
        const gradients = { a: g.tensor(a.shape), b: g.tensor(b.shape) }
        zero(g.gpu, gradients.a)
        zero(g.gpu, gradients.b)
        const cut = [...new Set([0, Math.min(3, m), m])] // two rows of different lengths
        return { output: linear(g, x, w, bias, { a, b, rank, scale, gradients }, g.upload(Uint32Array.from(cut))), gradients }
      },
      ({ x, w, bias, a, b }) => reference.linear(x, w, k, n, bias, rank > 0 ? { a, b, scale } : undefined),
    )
  })
})
