import { describe, it } from 'vitest'
import { attention } from './attention'
import { checkPair, uniform } from './check'
import * as reference from './reference'

describe('attention', () => {
  const shapes = [
    { lengths: [1], heads: 1, kvHeads: 1, headDim: 16 },
    { lengths: [5, 1, 3], heads: 4, kvHeads: 2, headDim: 16 },
    { lengths: [3, 4], heads: 3, kvHeads: 1, headDim: 64 },
    { lengths: [2, 3], heads: 2, kvHeads: 2, headDim: 128 },
  ]
  it.each(shapes)('rows of $lengths, $heads/$kvHeads heads of $headDim', async ({ lengths, heads, kvHeads, headDim }) => {
    const spans: number[] = []
    for (const length of lengths) {
      const first = spans.length / 2
      for (let t = 0; t < length; t++) spans.push(first, first + length)
    }
    const tokens = spans.length / 2
    const input = (width: number, seed: number) => ({ shape: [tokens, width], values: uniform(tokens * width, seed), learns: true })
    await checkPair(
      { q: input(heads * headDim, 1), k: input(kvHeads * headDim, 2), v: input(kvHeads * headDim, 3) },
      (g, { q, k, v }) => ({ output: attention(g, q, k, v, g.upload(Uint32Array.from(spans)), { heads, kvHeads, headDim }) }),
      ({ q, k, v }) => reference.attention(q, k, v, spans, heads, kvHeads, headDim),
    )
  })
})
