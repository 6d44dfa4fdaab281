import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { checkPair, testGpu, uniform } from './check'
import { score } from './head'
import { plain, rowsOf } from './matrix'
import { PACKINGS, packing, upload } from './packing'
import * as reference from './reference'

describe('head', () => {
  const shapes = [
    { n: 1, width: 16, vocabulary: 37, temperature: 1 },
    { n: 5, width: 64, vocabulary: 150, temperature: 0.7 },
    { n: 67, width: 8, vocabulary: 129, temperature: 1.3 },
  ]
  const formats = PACKINGS.filter(({ turned }) => !turned)
  // every shape in f32, the one with two buffers in every other format
  const cases = formats.flatMap((packed) => (packed.format.kind === 'f32' ? shapes : shapes.slice(1, 2)).map((s) => ({ ...s, packed })))
  it.each(cases)('$packed.name: [$n, $width] over $vocabulary tokens at temperature $temperature', async (shape) => {
    const { n, width, vocabulary, temperature, packed } = shape
    const targets = Array.from({ length: n }, (_, i) => (13 * i + 5) % vocabulary)
    const head = packing(packed, vocabulary, width, 2)
    const cut = Math.min(64, vocabulary) // two shards, and chunks of 64 columns and 64 rows
    await checkPair(
      { x: { shape: [n, width], values: uniform(n * width, 1), learns: true } },
      (g, { x }) => {
        const e = upload(g, head)
        const shards = [0, cut].filter((first) => first < vocabulary).map((first) => {
          const rows = first === 0 ? cut : vocabulary - cut
          return { first, rows, table: rowsOf(e, first, rows) }
        })
        const scored = score(g, x, g.upload(Uint32Array.from(targets)), shards, temperature, { columns: 64, rows: 64 })
        return { output: scored.scores, seed: (slopes) => scored.backward(slopes) }
      },
      ({ x }) => reference.score(x, targets, head.numbers, width, temperature),
    )
  })

  it('loses nothing of the many unlikely tokens of a large vocabulary', async () => {
    const gpu = await testGpu()
    const vocabulary = 50_000
    const draws = uniform(12 * vocabulary, 3)
    const normal = (v: number) => Math.fround(1.5 * draws.slice(12 * v, 12 * v + 12).reduce((a, b) => a + b)) // deviation 3
    const logits = Array.from({ length: vocabulary }, (_, v) => normal(v))
    const g = new Graph(gpu, false)
    const table = plain(g.upload(Float32Array.from(logits.flatMap((l) => [l, 0, 0, 0])), [vocabulary, 4]))
    const scored = score(g, g.upload(Float32Array.of(1, 0, 0, 0), [1, 4]), g.upload(Uint32Array.of(7)), [{ first: 0, rows: vocabulary, table }], 1)
    const [logprob, entropy] = await gpu.readFloats(scored.scores)
    const [wantedLogprob, wantedEntropy] = reference.score([1], [7], logits, 1, 1)
    expect(Math.abs(logprob! - wantedLogprob!)).toBeLessThan(5e-6) // one chain of sums: 3e-5 and more
    expect(Math.abs(entropy! - wantedEntropy!)).toBeLessThan(5e-6)
    g.free()
  })
})
