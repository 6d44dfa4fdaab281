import { describe, it } from 'vitest'
import { checkPair, uniform } from './check'
import { score } from './head'
import * as reference from './reference'

describe('head', () => {
  const shapes = [
    { n: 1, width: 16, vocabulary: 37, temperature: 1 },
    { n: 5, width: 64, vocabulary: 150, temperature: 0.7 },
    { n: 67, width: 8, vocabulary: 129, temperature: 1.3 },
  ]
  it.each(shapes)('[$n, $width] over $vocabulary tokens at temperature $temperature', async ({ n, width, vocabulary, temperature }) => {
    const targets = Array.from({ length: n }, (_, i) => (13 * i + 5) % vocabulary)
    const head = uniform(vocabulary * width, 2).map((x) => 2 * x)
    const cut = Math.min(64, vocabulary) // two buffers, and chunks of 64 columns and 64 rows
    await checkPair(
      { x: { shape: [n, width], values: uniform(n * width, 1), learns: true }, e: { shape: [vocabulary, width], values: head } },
      (g, { x, e }) => {
        const low = { first: 0, rows: cut, table: { ...e, shape: [cut, width], size: cut * width } }
        const high = {
          first: cut,
          rows: vocabulary - cut,
          table: { ...e, shape: [vocabulary - cut, width], size: (vocabulary - cut) * width, offset: 4 * cut * width },
        }
        const shards = vocabulary > cut ? [low, high] : [low]
        const scored = score(g, x, g.upload(Uint32Array.from(targets)), shards, temperature, { columns: 64, rows: 64 })
        return { output: scored.scores, seed: (slopes) => scored.backward(slopes) }
      },
      ({ x, e }) => reference.score(x, targets, e, width, temperature),
    )
  })
})
