import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { testGpu } from '../kernels/check'
import { PACKINGS } from '../kernels/packing'
import { randomDecoder, uploadDecoder } from '../models/random'
import { LORA_TARGETS } from '../policy/policy'
import { LoraParameters } from './lora'
import { Sampler } from './sampler'
import { Scorer } from './scorer'

const config = { layers: 1, hidden: 20, heads: 2, kvHeads: 1, headDim: 8, ffn: 24, vocabulary: 149, eps: 1e-6 }
const prompts = [[3, 140, 64], [12]]
const options = { n: 3, maxTokens: 6, stop: [], temperature: 4, key: { seed: 4, purpose: 'rollout' as const, step: 1 } }

describe('an embedding and head in several bindings', () => {
  const formats = PACKINGS.filter(({ name }) => name === 'f32' || name === 'q4 with zero points')
  it.each(formats)('samples, scores and learns as in one: $name', async (packed) => {
    const gpu = await testGpu()
    const g = new Graph(gpu, false)
    const random = randomDecoder(config, packed, false)
    const results = []
    for (const cut of [2 ** 20, 64]) {
      const model = uploadDecoder(g, random, cut)
      expect(model.head.length).toBe(cut === 64 ? 3 : 1)
      const lora = new LoraParameters(gpu, config, { rank: 2, scale: 1, targets: LORA_TARGETS })
      lora.initialise(6)
      const sampled = await new Sampler(gpu, model, lora, 2 ** 30).sample(prompts, options)
      const rows = sampled.flatMap((group, q) => group.map(({ tokens }) => ({ prompt: prompts[q]!, completion: tokens })))
      const scorer = new Scorer(gpu, model, lora, 2 ** 30)
      const { id, logprob, entropy } = await scorer.forward({ rows, temperature: 1 })
      await scorer.backward(id, { logprob: entropy })
      results.push({ sampled, logprob, gradients: await gpu.readFloats(lora.gradients) })
    }
    const [whole, parts] = [results[0]!, results[1]!]
    const tokens = whole.sampled.flat().map((completion) => completion.tokens)
    expect(new Set(tokens.flat()).size).toBeGreaterThan(5) // from all three bindings
    for (const first of [0, 64, 128]) expect(tokens.flat().some((id) => id >= first && id < first + 64)).toBe(true)
    expect(parts.sampled.flat().map((completion) => completion.tokens)).toEqual(tokens)
    parts.logprob.forEach((row, b) => row.forEach((x, t) => expect(Math.abs(x - whole.logprob[b]![t]!)).toBeLessThan(1e-5)))
    const largest = Math.max(...whole.gradients.map(Math.abs))
    expect(largest).toBeGreaterThan(0)
    parts.gradients.forEach((x, i) => expect(Math.abs(x - whole.gradients[i]!)).toBeLessThan(1e-5 * largest))
    g.free()
  })
})
