import { describe, it } from 'vitest'
import { zero } from '../gpu/zero'
import { attention } from '../kernels/attention'
import { checkPair, uniform } from '../kernels/check'
import { PACKINGS } from '../kernels/packing'
import * as reference from '../kernels/reference'
import { type DecoderConfig, hiddenStates, linearSizes, type Target } from './decoder'
import { type RandomDecoder, randomDecoder, uploadDecoder } from './random'

const base: DecoderConfig = { layers: 2, hidden: 20, heads: 4, kvHeads: 2, headDim: 4, ffn: 28, vocabulary: 70, eps: 1e-6 }
const families = [
  { family: 'Qwen2', config: base, biases: true, format: 'f32, turned' },
  { family: 'Qwen3', config: { ...base, headDim: 8, qkNorm: true }, biases: false, format: 'q4' },
  { family: 'Llama', config: { ...base, heads: 3, kvHeads: 1, headDim: 12 }, biases: false, format: 'f16' },
]

/** Two rows side by side, as the engine packs them. */
const ids = [3, 69, 3, 11, 64, 0, 7]
const positions = [0, 1, 2, 3, 0, 1, 2]
const spans = ids.flatMap((_, t) => (t < 4 ? [0, 4] : [4, 7]))

/** The whole model in f64; the low-rank pair sits on k_proj of the first layer. */
function forward({ config: c, embedding, matrix, vector, biased, rope }: RandomDecoder, a: number[], b: number[]): number[] {
  const norm = (x: number[], name: string, size: number) => reference.rmsnorm(x, vector(name, size), c.eps)
  let x = reference.embedding(ids, embedding.numbers, c.hidden)
  for (let i = 0; i < c.layers; i++) {
    const project = (input: number[], target: Target) => {
      const [k, n] = linearSizes(c)[target]
      const bias = biased(target) ? vector(`${i} ${target}`, n) : undefined
      const lora = i === 0 && target === 'k_proj' ? { a, b, scale: 2 } : undefined
      return reference.linear(input, reference.transpose(matrix(i, target).numbers, k), k, n, bias, lora)
    }
    const turn = (input: number[], name: string) =>
      reference.rope(c.qkNorm ? norm(input, `${i} ${name}`, c.headDim) : input, rope.cos, rope.sin, positions, c.headDim)
    const n = norm(x, `${i} input`, c.hidden)
    const [q, k] = [turn(project(n, 'q_proj'), 'q'), turn(project(n, 'k_proj'), 'k')]
    const o = project(reference.attention(q, k, project(n, 'v_proj'), spans, c.heads, c.kvHeads, c.headDim), 'o_proj')
    const mid = x.map((v, j) => v + o[j]!)
    const m = norm(mid, `${i} post`, c.hidden)
    const down = project(reference.swiglu(project(m, 'gate_proj'), project(m, 'up_proj')), 'down_proj')
    x = mid.map((v, j) => v + down[j]!)
  }
  return norm(x, 'final', c.hidden)
}

describe('decoder', () => {
  it.each(families)('$family with weights in $format', async ({ config, biases, format }) => {
    const random = randomDecoder(config, PACKINGS.find(({ name }) => name === format)!, biases)
    const [k, n] = linearSizes(config).k_proj
    const inputs = {
      a: { shape: [1, k], values: uniform(k, 1), learns: true },
      b: { shape: [n, 1], values: uniform(n, 2), learns: true },
    }
    await checkPair(
      inputs,
      (g, { a, b }) => {
        const gradients = { a: g.tensor(a.shape), b: g.tensor(b.shape) }
        zero(g.gpu, gradients.a)
        zero(g.gpu, gradients.b)
        const spanned = g.upload(Uint32Array.from(spans))
        const output = hiddenStates(g, uploadDecoder(g, random), {
          ids: g.upload(Uint32Array.from(ids)),
          positions: g.upload(Uint32Array.from(positions)),
          rows: g.upload(Uint32Array.of(0, 4, 7)),
          lora: (layer, target) => (layer === 0 && target === 'k_proj' ? { a, b, rank: 1, scale: 2, gradients } : undefined),
          attend: (inner, _, q, keys, v) => attention(inner, q, keys, v, spanned, config),
        })
        return { output, gradients }
      },
      ({ a, b }) => forward(random, a, b),
      1e-4,
    )
  })
})
