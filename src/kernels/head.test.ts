import { describe, it } from 'vitest'
import { checkPair, uniform } from './check'
import { score } from './head'
import { rowsOf } from './matrix'
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
})
