import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { zero } from '../gpu/zero'
import { attention, type Heads } from './attention'
import { checkPair, testGpu, uniform } from './check'
import * as reference from './reference'

/** First token and end of each token's row, [T, 2]. */
function spansOf(lengths: readonly number[]): number[] {
  let first = 0
  return lengths.flatMap((length) => {
    const span = [first, first + length]
    first += length
    return Array.from({ length }, () => span).flat()
  })
}

describe('attention', () => {
  const shapes = [
    { lengths: [1], heads: 1, kvHeads: 1, headDim: 16 },
    { lengths: [5, 1, 3], heads: 4, kvHeads: 2, headDim: 16 },
    { lengths: [3, 4], heads: 3, kvHeads: 1, headDim: 64 },
    { lengths: [2, 3], heads: 2, kvHeads: 2, headDim: 128 },
  ]
  it.each(shapes)('rows of $lengths, $heads/$kvHeads heads of $headDim', async ({ lengths, heads, kvHeads, headDim }) => {
    const spans = spansOf(lengths)
    const tokens = spans.length / 2
    const input = (width: number, seed: number) => ({ shape: [tokens, width], values: uniform(tokens * width, seed), learns: true })
    await checkPair(
      { q: input(heads * headDim, 1), k: input(kvHeads * headDim, 2), v: input(kvHeads * headDim, 3) },
      (g, { q, k, v }) => ({ output: attention(g, q, k, v, g.upload(Uint32Array.from(spans)), { heads, kvHeads, headDim }) }),
      ({ q, k, v }) => reference.attention(q, k, v, spans, heads, kvHeads, headDim),
    )
  })

  /** Prompts, each with the rows that go on from it. */
  const shared = [
    { prompts: [3], branches: [[2, 1, 3]], heads: 4, kvHeads: 2, headDim: 8 },
    { prompts: [2, 1], branches: [[1, 3], [2]], heads: 3, kvHeads: 1, headDim: 16 },
  ]
  interface Case extends Heads {
    prompts: number[]
    branches: number[][]
  }
  const sum = (lengths: readonly number[]) => lengths.reduce((a, b) => a + b, 0)
  function tables({ prompts, branches }: Case) {
    const lengths = branches.map(sum)
    /** For each of `sizes` things of group q, the span of group q where groups have `spans` things. */
    const spread = (sizes: readonly number[], spans: readonly number[]) =>
      sizes.flatMap((size, q) => Array.from({ length: size }, () => [sum(spans.slice(0, q)), sum(spans.slice(0, q + 1))]).flat())
    return { tokens: sum(lengths), own: spansOf(branches.flat()), prefix: spread(lengths, prompts), seen: spread(prompts, lengths) }
  }

  it.each(shared)('prompts of $prompts with rows of $branches that go on from them', async (shape) => {
    const { heads, kvHeads, headDim } = shape
    const { tokens, own, prefix, seen } = tables(shape)
    const there = seen.length / 2
    const input = (rows: number, width: number, seed: number) => {
      return { shape: [rows, width], values: uniform(rows * width, seed), learns: true }
    }
    const [wide, narrow] = [heads * headDim, kvHeads * headDim]
    await checkPair(
      {
        q: input(tokens, wide, 1),
        k: input(tokens, narrow, 2),
        v: input(tokens, narrow, 3),
        pk: input(there, narrow, 4),
        pv: input(there, narrow, 5),
      },
      (g, { q, k, v, pk, pv }) => {
        const gradients = { k: g.tensor(pk.shape), v: g.tensor(pv.shape) }
        zero(g.gpu, gradients.k)
        zero(g.gpu, gradients.v)
        const spans = g.upload(Uint32Array.from([...own, ...prefix]))
        const output = attention(g, q, k, v, spans, shape, { k: pk, v: pv, seen: g.upload(Uint32Array.from(seen)), gradients })
        return { output, gradients: { pk: gradients.k, pv: gradients.v } }
      },
      // each row by itself, its prompt in front
      ({ q, k, v, pk, pv }) =>
        rowsOf(own).flatMap(([first, end]) => {
          const [from, to] = [prefix[2 * first!]!, prefix[2 * first! + 1]!]
          const part = (x: number[], a: number, b: number) => x.slice(a * narrow, b * narrow)
          const whole = (mine: number[], theirs: number[]) => [...part(theirs, from, to), ...part(mine, first!, end!)]
          const queries = [...reference.zeros((to - from) * wide), ...q.slice(first! * wide, end! * wide)]
          const spans = spansOf([to - from + end! - first!])
          return reference.attention(queries, whole(k, pk), whole(v, pv), spans, heads, kvHeads, headDim).slice((to - from) * wide)
        }),
    )
  })

  it('has the bits of an unshared row forward, and of one launch in many backward', async () => {
    const gpu = await testGpu()
    const heads = { heads: 4, kvHeads: 2, headDim: 16 }
    const [wide, narrow] = [64, 32]
    const [prompt, lengths] = [5, [3, 1, 4]]
    const [pk, pv] = [uniform(prompt * narrow, 1), uniform(prompt * narrow, 2)]
    const rows = lengths.map((length, b) => ({
      length,
      q: uniform(length * wide, 10 + b),
      k: uniform(length * narrow, 20 + b),
      v: uniform(length * narrow, 30 + b),
      slope: uniform(length * wide, 40 + b),
    }))
    const floats = (g: Graph, values: number[], width: number) => g.upload(Float32Array.from(values), [values.length / width, width])

    /** Outputs, and the gradients of the prompt's keys, of the rows in the given launches. */
    const run = async (launches: (typeof rows)[]) => {
      const all = new Graph(gpu, false)
      const [k, v] = [floats(all, pk, narrow), floats(all, pv, narrow)]
      const gradients = { k: all.tensor(k.shape), v: all.tensor(v.shape) }
      zero(gpu, gradients.k)
      zero(gpu, gradients.v)
      const outputs: number[] = []
      for (const part of launches) {
        const g = new Graph(gpu, true)
        const own = spansOf(part.map(({ length }) => length))
        const spans = g.upload(Uint32Array.from([...own, ...own.map((_, i) => (i % 2 ? prompt : 0))]))
        const seen = g.upload(Uint32Array.from({ length: 2 * prompt }, (_, i) => (i % 2 ? own.length / 2 : 0)))
        const q = floats(g, part.flatMap((row) => row.q), wide)
        g.track(q)
        const mine = [floats(g, part.flatMap((row) => row.k), narrow), floats(g, part.flatMap((row) => row.v), narrow)] as const
        const o = attention(g, q, ...mine, spans, heads, { k, v, seen, gradients })
        gpu.copy(floats(g, part.flatMap((row) => row.slope), wide), g.gradient(o))
        g.backward()
        outputs.push(...(await gpu.readFloats(o)))
        g.free()
      }
      const result = { outputs, k: await gpu.readFloats(gradients.k), v: await gpu.readFloats(gradients.v) }
      all.free()
      return result
    }
    const together = await run([rows])
    expect(await run([rows.slice(0, 1), rows.slice(1)])).toEqual(together)
    expect(await run(rows.map((row) => [row]))).toEqual(together)
    expect(together.k.some((x) => x !== 0)).toBe(true)

    const g = new Graph(gpu, false)
    const unshared: number[] = []
    for (const row of rows) {
      const tokens = prompt + row.length
      const q = floats(g, [...uniform(prompt * wide, 77), ...row.q], wide)
      const spans = g.upload(Uint32Array.from(spansOf([tokens])))
      const o = attention(g, q, floats(g, [...pk, ...row.k], narrow), floats(g, [...pv, ...row.v], narrow), spans, heads)
      unshared.push(...(await gpu.readFloats(o)).slice(prompt * wide))
    }
    g.free()
    expect(unshared).toEqual(together.outputs)
  })
})

/** First token and end of each row, of the spans of all tokens. */
function rowsOf(spans: readonly number[]): number[][] {
  const rows = new Map<number, number>()
  for (let t = 0; t < spans.length; t += 2) rows.set(spans[t]!, spans[t + 1]!)
  return [...rows]
}
