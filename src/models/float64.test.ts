/** The f64 forward against what can be said without it; the numbers of real files are in `src/cli/dialects.golden.test.ts`. */
import { describe, expect, it } from 'vitest'
import { greedy, next, score, type Layer64, type Matrix64, type Model64 } from './float64'

const SEED = 3
const [V, C, F, H, K, D] = [7, 6, 5, 4, 2, 4]

let state = SEED
/** Lehmer's generator, in [−0.5, 0.5). */
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5
const vector = (size: number) => Float64Array.from({ length: size }, random)

function matrix(rows: number, columns: number, turned = false): Matrix64 {
  const values = vector(rows * columns)
  const width = turned ? rows : columns
  return { rows, columns, turned, read: (first, count) => Promise.resolve(values.slice(first * width, (first + count) * width)) }
}

async function turn(matrix: Matrix64): Promise<Matrix64> {
  const { rows, columns, turned } = matrix
  const [high, width] = turned ? [columns, rows] : [rows, columns]
  const values = await matrix.read(0, high)
  const other = Float64Array.from({ length: values.length }, (_, i) => values[(i % high) * width + Math.floor(i / high)]!)
  return { rows, columns, turned: !turned, read: (first, count) => Promise.resolve(other.slice(first * high, (first + count) * high)) }
}

const MATRICES = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const

function tiny(turned = false): Model64 {
  const linear = (rows: number, columns: number) => matrix(rows, columns, turned)
  const layer = (): Layer64 => ({
    inputNorm: vector(C), postNorm: vector(C), q: linear(H * D, C), k: linear(K * D, C), v: linear(K * D, C), o: linear(C, H * D),
    gate: linear(F, C), up: linear(F, C), down: linear(C, F), qBias: vector(H * D), vBias: vector(K * D),
    qNorm: vector(D), kNorm: vector(D),
  }) // prettier-ignore
  return {
    heads: H, kvHeads: K, headDim: D, eps: 1e-6, embedding: matrix(V, C), head: matrix(V, C), finalNorm: vector(C),
    layers: [layer(), layer()],
    rope(count) {
      const angles = Float64Array.from({ length: (count * D) / 2 }, (_, i) => Math.floor((2 * i) / D) * 0.3 ** (i % (D / 2)))
      return Promise.resolve({ cos: angles.map(Math.cos), sin: angles.map(Math.sin) })
    },
  } // prettier-ignore
}

const flat = (rows: number[][]) => rows.flat()

describe(`the f64 forward (seed ${SEED})`, () => {
  const rows = [[1, 2, 3, 4, 5], [6, 0], [3]] // prettier-ignore

  it('gives each row what it gives it alone, and each token what the tokens before it say', async () => {
    const model = tiny()
    const together = await score(model, rows)
    for (const [b, row] of rows.entries()) {
      const alone = await score(model, [row])
      expect(alone.logprobs[0]).toEqual(together.logprobs[b])
      expect(alone.entropies[0]).toEqual(together.entropies[b])
    }
    const shorter = await score(model, [rows[0]!.slice(0, 3)])
    expect(shorter.logprobs[0]).toEqual(together.logprobs[0]!.slice(0, 2))
  })

  it('adds up to one over the vocabulary, with the entropy of that distribution', async () => {
    const model = tiny()
    const all = await score(model, Array.from({ length: V }, (_, id) => [2, 5, id]))
    const last = all.logprobs.map((row) => row[1]!)
    expect(last.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 12)
    expect(last.reduce((sum, x) => sum - Math.exp(x) * x, 0)).toBeCloseTo(all.entropies[0]![1]!, 12)
    const [best] = await next(model, [[2, 5]])
    const sorted = last.toSorted((a, b) => b - a)
    expect(best!.token).toBe(last.indexOf(sorted[0]!))
    expect(best!.lead).toBeCloseTo(sorted[0]! - sorted[1]!, 12)
    const { tokens } = await greedy(model, [2, 5], 3)
    expect(tokens[0]).toBe(best!.token)
    expect((await next(model, [[2, 5, tokens[0]!]]))[0]!.token).toBe(tokens[1])
  })

  it('is the same for matrices that lie turned', async () => {
    const model = tiny()
    const turned: Model64 = {
      ...model,
      embedding: await turn(model.embedding),
      head: await turn(model.head),
      layers: await Promise.all(
        model.layers.map(async (layer) => {
          const parts = await Promise.all(MATRICES.map(async (name) => [name, await turn(layer[name])] as const))
          return { ...layer, ...(Object.fromEntries(parts) as Pick<Layer64, (typeof MATRICES)[number]>) }
        }),
      ),
    }
    const [a, b] = [await score(model, rows), await score(turned, rows)]
    flat(a.logprobs).forEach((x, i) => expect(x).toBeCloseTo(flat(b.logprobs)[i]!, 12))
  })

  it('without layers is the head of the normed embedding', async () => {
    const model = { ...tiny(), layers: [] }
    const [x, head] = [await model.embedding.read(4, 1), await model.head.read(0, V)]
    const scale = 1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / C + model.eps)
    const normed = x.map((value, i) => value * scale * model.finalNorm[i]!)
    const logits = Array.from({ length: V }, (_, v) => normed.reduce((sum, value, i) => sum + value * head[v * C + i]!, 0))
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0)
    expect((await score(model, [[4, 6]])).logprobs[0]![0]).toBeCloseTo(logits[6]! - Math.log(total), 12)
  })

  it('turns queries and keys: only distances count', async () => {
    const model = tiny()
    const moved: Model64 = {
      ...model,
      async rope(count) {
        const { cos, sin } = await model.rope(count + 9)
        return { cos: cos.subarray((9 * D) / 2), sin: sin.subarray((9 * D) / 2) }
      },
    }
    const still: Model64 = {
      ...model,
      rope(count) {
        const zeros = new Float64Array((count * D) / 2)
        return Promise.resolve({ cos: zeros.map(() => 1), sin: zeros })
      },
    }
    const [a, b, c] = [await score(model, rows), await score(moved, rows), await score(still, rows)]
    flat(a.logprobs).forEach((x, i) => expect(x).toBeCloseTo(flat(b.logprobs)[i]!, 12))
    expect(flat(a.logprobs).some((x, i) => Math.abs(x - flat(c.logprobs)[i]!) > 1e-6)).toBe(true)
  })
})
