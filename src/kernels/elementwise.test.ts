import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { zero } from '../gpu/zero'
import { checkPair, expectClose, testGpu, uniform } from './check'
import { embedding, pick } from './embedding'
import { plain, rowsOf } from './matrix'
import { PACKINGS, packing, upload } from './packing'
import * as reference from './reference'
import { residual } from './residual'
import { swiglu } from './swiglu'

describe('swiglu', () => {
  it.each([1, 37, 130])('%i numbers', async (n) => {
    await checkPair(
      {
        gate: { shape: [n], values: uniform(n, 1).map((x) => 6 * x), learns: true },
        up: { shape: [n], values: uniform(n, 2), learns: true },
      },
      (g, { gate, up }) => ({ output: swiglu(g, gate, up) }),
      ({ gate, up }) => reference.swiglu(gate, up),
    )
  })
})

describe('residual', () => {
  it('adds, and hands the slope to both', async () => {
    await checkPair(
      { a: { shape: [5, 13], values: uniform(65, 1), learns: true }, b: { shape: [5, 13], values: uniform(65, 2), learns: true } },
      (g, { a, b }) => ({ output: residual(g, a, b) }),
      ({ a, b }) => a.map((x, i) => x + b[i]!),
    )
  })
})

describe('a launch of more workgroups than one dimension holds', () => {
  it('reaches every number, and none twice', async () => {
    const gpu = await testGpu()
    const g = new Graph(gpu, false)
    const n = 65_535 * 64 + 100_003
    const a = g.upload(Float32Array.from({ length: n }, (_, i) => i % 4093))
    const sum = await gpu.readFloats(residual(g, a, a))
    expect(sum.findIndex((x, i) => x !== 2 * (i % 4093))).toBe(-1)
    g.free()
  })
})

describe('embedding', () => {
  it('gathers from a table in two buffers, and sums the slopes of equal ids', async () => {
    const [width, ids] = [6, [4, 0, 4, 9, 2]]
    await checkPair(
      {
        low: { shape: [4, width], values: uniform(24, 1), learns: true },
        high: { shape: [6, width], values: uniform(36, 2), learns: true },
      },
      (g, { low, high }) => {
        const gradients = { low: g.tensor(low.shape), high: g.tensor(high.shape) }
        zero(g.gpu, gradients.low)
        zero(g.gpu, gradients.high)
        const shards = [
          { first: 0, rows: 4, table: plain(low) },
          { first: 4, rows: 6, table: plain(high) },
        ]
        return { output: embedding(g, g.upload(Uint32Array.from(ids)), shards, [gradients.low, gradients.high]), gradients }
      },
      ({ low, high }) => reference.embedding(ids, [...low, ...high], width),
    )
  })

  it.each(PACKINGS.filter(({ turned }) => !turned))('gathers rows of $name from two shards', async (packed) => {
    const [vocabulary, width] = [70, 23]
    const table = packing(packed, vocabulary, width, 3)
    const ids = [0, 69, 63, 64, 5, 64]
    const gpu = await testGpu()
    const g = new Graph(gpu, false)
    const whole = upload(g, table)
    const shards = [0, 64].map((first) => ({ first, rows: first ? 6 : 64, table: rowsOf(whole, first, first ? 6 : 64) }))
    const rows = await gpu.readFloats(embedding(g, g.upload(Uint32Array.from(ids)), shards))
    expectClose(rows, reference.embedding(ids, table.numbers, width), 1e-6, 'rows')
    g.free()
  })

  it('picks rows', async () => {
    await checkPair(
      { x: { shape: [7, 5], values: uniform(35, 1), learns: true } },
      (g, { x }) => ({ output: pick(g, x, g.upload(Uint32Array.from([6, 0, 3]))) }),
      ({ x }) => reference.embedding([6, 0, 3], x, 5),
    )
  })
})
