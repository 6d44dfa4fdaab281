import { describe, it } from 'vitest'
import { checkPair, uniform } from './check'
import * as reference from './reference'
import { rope } from './rope'

describe('rope', () => {
  it.each([
    [1, 1, 16],
    [5, 3, 64],
    [3, 2, 128],
  ])('%i tokens, %i heads of %i', async (tokens, heads, headDim) => {
    const half = headDim / 2
    const { cos, sin } = reference.ropeTables(40, Array.from({ length: half }, (_, i) => 10000 ** (-i / half)))
    const positions = Array.from({ length: tokens }, (_, t) => (7 * t + 3) % 40)
    const size = heads * headDim
    await checkPair(
      { x: { shape: [tokens, size], values: uniform(tokens * size, 1), learns: true } },
      (g, { x }) => {
        const tables = { cos: g.upload(Float32Array.from(cos), [40, half]), sin: g.upload(Float32Array.from(sin), [40, half]) }
        return { output: rope(g, x, tables, g.upload(Uint32Array.from(positions))) }
      },
      ({ x }) => reference.rope(x, cos, sin, positions, headDim),
    )
  })
})
