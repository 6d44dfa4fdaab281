import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { zero } from '../gpu/zero'
import { checkPair, expectClose, testGpu, uniform } from './check'
import { linear } from './linear'
import { PACKINGS, packing, upload } from './packing'
import * as reference from './reference'

const shapes = [
  { m: 1, k: 64, n: 64, rank: 0 },
  { m: 1, k: 16, n: 20, rank: 8 },
  { m: 7, k: 13, n: 37, rank: 3 },
  { m: 9, k: 33, n: 17, rank: 4 },
  { m: 5, k: 6, n: 3, rank: 1 },
]

/** Every shape with f32 either way round, two shapes with every other format: neither block nor tile divides them. */
const cases = PACKINGS.flatMap((packed) =>
  (packed.format.kind === 'f32' ? shapes : shapes.slice(2, 4)).map((shape) => ({ ...shape, packed })),
)

describe('linear', () => {
  it.each(cases)('$packed.name: [$m, $k] · [$k, $n] with rank $rank', async ({ m, k, n, rank, packed }) => {
    const weights = packing(packed, n, k, 2)
    const inputs = {
      x: { shape: [m, k], values: uniform(m * k, 1), learns: true },
      bias: { shape: [n], values: uniform(n, 3) },
      a: { shape: [Math.max(rank, 1), k], values: uniform(Math.max(rank, 1) * k, 4), learns: rank > 0 },
      b: { shape: [n, Math.max(rank, 1)], values: uniform(n * Math.max(rank, 1), 5), learns: rank > 0 },
    }
    const scale = 1.5
    const turned = reference.transpose(weights.numbers, k)
    await checkPair(
      inputs,
      (g, { x, bias, a, b }) => {
        const w = upload(g, weights)
        if (rank === 0) return { output: linear(g, x, w, bias) }
        const gradients = { a: g.tensor(a.shape), b: g.tensor(b.shape) }
        zero(g.gpu, gradients.a)
        zero(g.gpu, gradients.b)
        const cut = [...new Set([0, Math.min(3, m), m])] // two rows of different lengths
        return { output: linear(g, x, w, bias, { a, b, rank, scale, gradients }, g.upload(Uint32Array.from(cut))), gradients }
      },
      ({ x, bias, a, b }) => reference.linear(x, turned, k, n, bias, rank > 0 ? { a, b, scale } : undefined),
    )
  })

  it.each(PACKINGS.filter(({ format }) => format.kind !== 'f32'))('$name is its own numbers in f32, ahead and back', async (packed) => {
    const [m, k, n] = [6, 52, 35]
    const weights = packing(packed, n, k, 7)
    const gpu = await testGpu()
    const both = []
    for (const stored of [weights, dense(weights)]) {
      const g = new Graph(gpu, true)
      const x = g.upload(Float32Array.from(uniform(m * k, 8)), [m, k])
      g.track(x)
      const y = linear(g, x, upload(g, stored))
      gpu.copy(g.upload(Float32Array.from(uniform(m * n, 9)), [m, n]), g.gradient(y))
      g.backward()
      both.push({ y: await gpu.readFloats(y), dx: await gpu.readFloats(g.gradient(x)) })
      g.free()
    }
    expectClose(both[0]!.y, both[1]!.y, 1e-6, 'y')
    expectClose(both[0]!.dx, both[1]!.dx, 1e-6, 'dx')
  })

  it('refuses blocks that four columns may straddle', async () => {
    const weights = packing({ name: '', format: { kind: 'blocks', bits: 4, block: 6, codes: 'linear' } }, 4, 12, 1)
    const g = new Graph(await testGpu(), false)
    const x = g.upload(new Float32Array(12), [1, 12])
    expect(() => linear(g, x, upload(g, weights))).toThrow(/A block of 6 columns/)
    g.free()
  })
})

/** The same numbers in f32, the same way round. */
function dense({ rows, columns, turned, numbers }: ReturnType<typeof packing>): ReturnType<typeof packing> {
  const stored = turned ? reference.transpose(numbers, columns) : numbers
  return { rows, columns, turned, format: { kind: 'f32' }, words: new Uint32Array(Float32Array.from(stored).buffer), numbers }
}
