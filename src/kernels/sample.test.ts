import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { testGpu, uniform } from './check'
import { plain } from './matrix'
import * as reference from './reference'
import { sample, type Sampling } from './sample'

const width = 4
const small = 70 // two chunks of at most 64
const large = 130 // three

interface Drawing extends Sampling {
  vocabulary?: number
  columns?: number
  /** Every token has the weights of the one before it, from the odd ones on: pairs that tie. */
  pairs?: boolean
}

/** `draws` tokens for each of `rows` rows with their own keys, all from the same distribution. */
async function draw(rows: number, draws: number, { vocabulary = small, columns = 64, pairs, ...sampling }: Drawing, seed: number) {
  const gpu = await testGpu()
  const g = new Graph(gpu, false)
  const x = uniform(width, seed)
  const weights = uniform(vocabulary * width, seed + 1)
  const head = weights.map((w, i) => 3 * (pairs && Math.floor(i / width) % 2 ? weights[i - width]! : w))
  const table = g.upload(Float32Array.from(head), [vocabulary, width])
  const prompt = 3
  const sequences = {
    table: g.upload(Uint32Array.from({ length: 4 * rows }, (_, i) => [i >> 2, 0, prompt, 0][i % 4]!), [rows, 4]),
    keys: g.upload(Uint32Array.from({ length: 2 * rows }, (_, i) => Math.imul(i + 1, 0x9e3779b1) ^ seed)),
    positions: g.upload(new Uint32Array(rows).fill(prompt - 1)),
    ids: g.upload(new Uint32Array(rows)),
    drawn: g.tensor([draws, rows, 2]),
    slots: rows,
  }
  const inputs = g.upload(Float32Array.from({ length: rows * width }, (_, i) => x[i % width]!), [rows, width])
  const step = () => sample(g, inputs, [{ first: 0, rows: vocabulary, table: plain(table) }], sampling, sequences, columns)
  const { launches, free } = gpu.capture(step)
  for (let i = 0; i < draws; i++) gpu.play(launches)
  const bytes = await gpu.read(sequences.drawn)
  free()
  const positions = new Uint32Array(await gpu.read(sequences.positions))
  g.free()
  const every = Array.from({ length: vocabulary }, (_, v) => v)
  const scores = reference.score(every.flatMap(() => x), every, head, width, sampling.temperature || 1)
  const logprob = every.map((v) => scores[2 * v]!)
  const words = new Uint32Array(bytes)
  const floats = new Float32Array(bytes)
  const tokens = Array.from({ length: rows * draws }, (_, i) => words[2 * i]!)
  return { tokens, logprobs: tokens.map((_, i) => floats[2 * i + 1]!), logprob, positions, prompt, launches: launches.length }
}

/**
 * What is kept by the definitions of top-k, then top-p, then min-p, renormalised; `margin` is how near any token comes to the bounds
 * of p and min p, which has to be more than f32 rounds off for the sets to be the same.
 */
function kept(logprob: readonly number[], { topP = 1, topK = 0, minP = 0 }: Sampling) {
  const ranked = logprob.map(Math.exp).sort((a, b) => b - a)
  const first = topK ? ranked.slice(0, topK) : ranked
  const mass = first.reduce((sum, p) => sum + p, 0)
  const above = first.map((_, i) => first.slice(0, i).reduce((sum, p) => sum + p, 0) / mass)
  const least = Math.max(Math.min(...first.filter((_, i) => above[i]! < topP)), minP * ranked[0]!)
  const set = logprob.map(Math.exp).map((p) => (p >= least ? p : 0))
  const left = set.reduce((sum, p) => sum + p, 0)
  const near = [...(topP < 1 ? above.map((a) => a - topP) : []), ...(minP > 0 ? ranked.map((p) => p / ranked[0]! - minP) : [])]
  return { probabilities: set.map((p) => p / left), margin: Math.min(...near.map(Math.abs)) }
}

/** χ² of `tokens` against the probabilities, as a normal number z: z < 3.09 is p > .001. */
function goodness(tokens: readonly number[], probabilities: readonly number[], what: string): number {
  const counts = reference.zeros(probabilities.length)
  tokens.forEach((token) => counts[token]!++)
  // cells that expect fewer than 5 go into one
  let [statistic, freedom, rest, seen] = [0, -1, 0, 0]
  probabilities.forEach((p, v) => {
    const expected = p * tokens.length
    if (expected < 5) {
      rest += expected
      seen += counts[v]!
    } else {
      statistic += (counts[v]! - expected) ** 2 / expected
      freedom++
    }
  })
  if (rest >= 5) {
    statistic += (seen - rest) ** 2 / rest
    freedom++
  }
  // Wilson and Hilferty: (χ²/k)^(1/3) is normal with mean 1 − 2/9k and variance 2/9k
  const z = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
  console.info(`${what}: χ² ${statistic.toFixed(1)} with ${freedom} degrees of freedom, z ${z.toFixed(2)}`)
  return z
}

describe('sample', () => {
  it.each([
    [1, 11],
    [0.6, 12],
  ])('draws 100,000 tokens as the softmax at temperature %f says (seed %i)', async (temperature, seed) => {
    const { tokens, logprobs, logprob, positions, prompt } = await draw(1000, 100, { temperature }, seed)
    expect(goodness(tokens, logprob.map(Math.exp), `temperature ${temperature}, seed ${seed}`)).toBeLessThan(3.09)
    for (const [i, token] of tokens.entries()) expect(Math.abs(logprobs[i]! - logprob[token]!)).toBeLessThan(1e-5)
    expect(new Set(positions)).toEqual(new Set([prompt + 99]))
  })

  const truncations: Sampling[] = [
    { temperature: 1, topP: 0.7 },
    { temperature: 1, topK: 10 },
    { temperature: 1, minP: 0.1 },
    { temperature: 0.7, topK: 25, topP: 0.9, minP: 0.03 },
  ]
  it.each(truncations.map((sampling, i) => ({ sampling, seed: 21 + i })))(
    'draws 100,000 tokens of what is left by $sampling (seed $seed), from one chunk as from several',
    async ({ sampling, seed }) => {
      const [rows, draws, few] = [2000, 50, 1]
      const { tokens, logprobs, logprob } = await draw(rows, draws, { ...sampling, columns: 4096 }, seed)
      const { probabilities, margin } = kept(logprob, sampling)
      const size = probabilities.filter((p) => p > 0).length
      expect(margin).toBeGreaterThan(1e-5)
      expect(size).toBeGreaterThan(5)
      expect(size).toBeLessThan(small / 2)
      expect([...new Set(tokens)].filter((token) => probabilities[token] === 0)).toEqual([])
      expect(goodness(tokens, probabilities, `${size} of ${small} tokens, seed ${seed}`)).toBeLessThan(3.09)
      const off = tokens.map((token, i) => Math.abs(logprobs[i]! - logprob[token]!))
      expect(off.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-5)
      const several = await draw(rows, few, { ...sampling, columns: 64 }, seed)
      expect(several.tokens).toEqual(tokens.slice(0, rows * few))
      several.logprobs.forEach((l, i) => expect(Math.abs(l - logprobs[i]!)).toBeLessThan(1e-5))
    },
  )

  it('keeps the tokens that tie with the last one kept', async () => {
    const { tokens, logprob } = await draw(300, 4, { temperature: 1, topK: 3, vocabulary: large, pairs: true }, 31)
    const best = logprob.map((l, v) => ({ l, v })).sort((a, b) => b.l - a.l)
    expect(best[2]!.l).toBe(best[3]!.l)
    expect(new Set(tokens)).toEqual(new Set(best.slice(0, 4).map(({ v }) => v)))
  })

  it('keeps one token at the least, and at the most all', async () => {
    const free = await draw(100, 4, { temperature: 1 }, 32)
    const top = free.logprob.indexOf(Math.max(...free.logprob))
    for (const rule of [{ topK: 1 }, { topP: 1e-6 }, { minP: 0.9999999 }]) {
      expect(new Set((await draw(100, 4, { temperature: 1, ...rule }, 32)).tokens), JSON.stringify(rule)).toEqual(new Set([top]))
    }
    for (const rule of [{ topK: 70 }, { topK: 1000, topP: 1 - 1e-12 }, { minP: 1e-30 }]) {
      expect((await draw(100, 4, { temperature: 1, ...rule }, 32)).tokens, JSON.stringify(rule)).toEqual(free.tokens)
    }
  })

  it('costs nothing where nothing is cut off, and greedy sampling cuts nothing off', async () => {
    const launches = 2 * 2 + 1 // logits and merge of two chunks, finish
    for (const rule of [{}, { topP: 1, topK: 0, minP: 0 }]) {
      expect((await draw(2, 1, { temperature: 1, ...rule }, 33)).launches).toBe(launches)
    }
    const greedy = await draw(5, 3, { temperature: 0, topP: 0.5, topK: 2, minP: 0.5 }, 14)
    expect(greedy.launches).toBe(launches)
    expect(greedy.tokens).toEqual((await draw(5, 3, { temperature: 0 }, 14)).tokens)
  })

  it('has no memory: a token says nothing of the next one', async () => {
    const [rows, draws] = [1000, 50]
    const { tokens, logprob } = await draw(rows, draws, { temperature: 1 }, 13)
    // correlation of "the most likely token" at neighbouring draws of one row; its standard error is 1/√n
    const top = logprob.indexOf(Math.max(...logprob))
    const p = Math.exp(logprob[top]!)
    let [sum, n] = [0, 0]
    for (let i = rows; i < tokens.length; i++, n++) sum += (Number(tokens[i] === top) - p) * (Number(tokens[i - rows] === top) - p)
    expect(Math.abs(sum / n / (p * (1 - p)))).toBeLessThan(4 / Math.sqrt(n))
  })

  it('is greedy at temperature 0, with log-probs at temperature 1', async () => {
    const { tokens, logprobs, logprob } = await draw(5, 3, { temperature: 0 }, 14)
    const top = logprob.indexOf(Math.max(...logprob))
    expect(new Set(tokens)).toEqual(new Set([top]))
    for (const l of logprobs) expect(Math.abs(l - logprob[top]!)).toBeLessThan(1e-5)
  })
})
