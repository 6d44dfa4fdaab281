import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { testGpu, uniform } from './check'
import * as reference from './reference'
import { sample } from './sample'

const width = 4
const vocabulary = 70 // two chunks of at most 64

/** `draws` tokens for each of `rows` rows with their own keys, all from the same distribution. */
async function draw(rows: number, draws: number, temperature: number, seed: number) {
  const gpu = await testGpu()
  const g = new Graph(gpu, false)
  const x = uniform(width, seed)
  const head = uniform(vocabulary * width, seed + 1).map((v) => 3 * v)
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
  for (let i = 0; i < draws; i++) sample(g, inputs, [{ first: 0, rows: vocabulary, table }], temperature, sequences, 64)
  const bytes = await gpu.read(sequences.drawn)
  const positions = new Uint32Array(await gpu.read(sequences.positions))
  g.free()
  const every = Array.from({ length: vocabulary }, (_, v) => v)
  const scores = reference.score(every.flatMap(() => x), every, head, width, temperature || 1)
  const logprob = every.map((v) => scores[2 * v]!)
  const words = new Uint32Array(bytes)
  const floats = new Float32Array(bytes)
  const tokens = Array.from({ length: rows * draws }, (_, i) => words[2 * i]!)
  return { tokens, logprobs: tokens.map((_, i) => floats[2 * i + 1]!), logprob, positions, prompt }
}

describe('sample', () => {
  it.each([
    [1, 11],
    [0.6, 12],
  ])('draws 100,000 tokens as the softmax at temperature %f says (seed %i)', async (temperature, seed) => {
    const { tokens, logprobs, logprob, positions, prompt } = await draw(1000, 100, temperature, seed)
    const counts = reference.zeros(vocabulary)
    tokens.forEach((token) => counts[token]!++)
    // cells that expect fewer than 5 go into one
    let [statistic, freedom, rest, seen] = [0, -1, 0, 0]
    logprob.forEach((l, v) => {
      const expected = Math.exp(l) * tokens.length
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
    // Wilson and Hilferty: (χ²/k)^(1/3) is normal with mean 1 − 2/9k and variance 2/9k; z < 3.09 is p > .001
    const z = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
    console.info(`χ² ${statistic.toFixed(1)} with ${freedom} degrees of freedom, z ${z.toFixed(2)}`)
    expect(z).toBeLessThan(3.09)
    for (const [i, token] of tokens.entries()) expect(Math.abs(logprobs[i]! - logprob[token]!)).toBeLessThan(1e-5)
    expect(new Set(positions)).toEqual(new Set([prompt + 99]))
  })

  it('has no memory: a token says nothing of the next one', async () => {
    const [rows, draws] = [1000, 50]
    const { tokens, logprob } = await draw(rows, draws, 1, 13)
    // correlation of "the most likely token" at neighbouring draws of one row; its standard error is 1/√n
    const top = logprob.indexOf(Math.max(...logprob))
    const p = Math.exp(logprob[top]!)
    let [sum, n] = [0, 0]
    for (let i = rows; i < tokens.length; i++, n++) sum += (Number(tokens[i] === top) - p) * (Number(tokens[i - rows] === top) - p)
    expect(Math.abs(sum / n / (p * (1 - p)))).toBeLessThan(4 / Math.sqrt(n))
  })

  it('is greedy at temperature 0, with log-probs at temperature 1', async () => {
    const { tokens, logprobs, logprob } = await draw(5, 3, 0, 14)
    const top = logprob.indexOf(Math.max(...logprob))
    expect(new Set(tokens)).toEqual(new Set([top]))
    for (const l of logprobs) expect(Math.abs(l - logprob[top]!)).toBeLessThan(1e-5)
  })
})
