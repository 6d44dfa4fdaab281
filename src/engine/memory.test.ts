import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { Gpu } from '../gpu/gpu'
import { sizeOf } from '../gpu/tensor'
import { openDisk } from '../hub/disk'
import { testGpu } from '../kernels/check'
import { readModel } from '../onnx/model'
import type { BatchSize } from '../policy/host'
import { LORA_TARGETS } from '../policy/policy'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { activationBytes, cacheBytes, memoryPlan, recomputedBytes, weightBytes } from './memory'
import { Scorer } from './scorer'

/** Most bytes of tensors that `work` holds at once; all of them must have come back at its end. */
async function peakOf(gpu: Gpu, work: () => Promise<unknown>): Promise<number> {
  let [live, peak] = [0, 0]
  const [take, give] = [gpu.tensor.bind(gpu), gpu.release.bind(gpu)]
  vi.spyOn(gpu, 'tensor').mockImplementation((shape) => {
    live += 4 * sizeOf(shape)
    peak = Math.max(peak, live)
    return take(shape)
  })
  vi.spyOn(gpu, 'release').mockImplementation((tensor) => {
    live -= 4 * tensor.size
    give(tensor)
  })
  await work()
  vi.restoreAllMocks()
  expect(live).toBe(0)
  return peak
}

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/trl_run/checkpoint', import.meta.url))
const load = async (gpu: Gpu) => loadModel(gpu, await readModel(openDisk(CHECKPOINT)))

describe('memory', () => {
  it('holds one layer of a pass without gradients, however deep the model, and a prompt’s keys and values', async () => {
    const gpu = await testGpu()
    const model = await load(gpu)
    const lora = new LoraParameters(gpu, model.config, { rank: 4, scale: 1, targets: LORA_TARGETS })
    const peaks: number[] = []
    for (const copies of [1, 10]) {
      const deep = { ...model, layers: Array.from({ length: copies }, () => model.layers).flat() }
      const scorer = new Scorer(gpu, deep, lora, 2 ** 30)
      const rows = [{ prompt: [5, 6], completion: [7, 8, 9, 7, 8, 9] }]
      peaks.push(await peakOf(gpu, () => scorer.logprobs({ rows, temperature: 1 }, 'off')))
    }
    expect(peaks[1]! - peaks[0]!).toBe(9 * 2 * cacheBytes(model.config))
  })

  it('plans the activations that a pass takes, and every tensor comes back', async () => {
    const gpu = await testGpu()
    const model = await load(gpu)
    const shape = { rank: 8, scale: 2, targets: LORA_TARGETS }
    const scorer = new Scorer(gpu, model, new LoraParameters(gpu, model.config, shape), 2 ** 30)
    const rows = Array.from({ length: 20 }, (_, b) => ({ prompt: [5, 6, 7], completion: Array.from({ length: 6 + b }, () => 9) }))
    const tokens = rows.reduce((sum, { completion }) => sum + completion.length + 2, 0)
    for (const differentiate of [false, true]) {
      const peak = await peakOf(gpu, async () => {
        if (!differentiate) return scorer.logprobs({ rows, temperature: 1 }, 'current')
        const { id, logprob } = await scorer.forward({ rows, temperature: 1 })
        await scorer.backward(id, { logprob })
      })
      const planned = tokens * activationBytes(model.config, shape, differentiate)
      expect(peak).toBeLessThanOrEqual(planned)
      expect(peak).toBeGreaterThan(0.6 * planned)
    }
  })

  it('plans a pass that computes its layers again; micro-batches and that give the same gradients to the bit', async () => {
    const gpu = await testGpu()
    const model = await load(gpu)
    const shape = { rank: 4, scale: 2, targets: LORA_TARGETS }
    const rows = [11, 5, 7].map((step) => ({ prompt: [5, 6, 7], completion: Array.from({ length: 30 }, (_, t) => (step * t) % 48) }))
    const deep = { ...model, config: { ...model.config, layers: 6 }, layers: [model.layers, model.layers, model.layers].flat().slice(0, 6) }
    expect(deep.layers.length).toBe(6)
    const token = activationBytes(deep.config, shape, true)
    const gradients: Float32Array[] = []
    const peaks: number[] = []
    for (const budget of [2 ** 30, 32 * token, 1, 31 * token]) {
      const lora = new LoraParameters(gpu, deep.config, shape)
      lora.initialise(3)
      const scorer = new Scorer(gpu, deep, lora, budget)
      const peak = await peakOf(gpu, async () => {
        const { id, logprob } = await scorer.forward({ rows, temperature: 1 })
        await scorer.backward(id, { logprob })
      })
      peaks.push(peak)
      gradients.push(await gpu.readFloats(lora.gradients))
    }
    expect(gradients[1]).toEqual(gradients[0])
    expect(gradients[2]).toEqual(gradients[0])
    expect(gradients[3]).toEqual(gradients[0])
    expect(gradients[0]!.some((x) => x !== 0)).toBe(true)
    const planned = 32 * recomputedBytes(deep.config, shape)
    expect(peaks[2]).toBeLessThanOrEqual(planned)
    expect(peaks[2]).toBeGreaterThan(0.5 * planned)
    expect(peaks[2]).toBeLessThan(0.6 * peaks[1]!)
    expect(peaks[1]).toBeLessThan(0.6 * peaks[0]!)
    expect(peaks[3]).toBeGreaterThan(peaks[2]!) // several rows at once
    expect(peaks[3]).toBeLessThanOrEqual(31 * token)
  })

  it('plans the bytes of the weights to the byte', async () => {
    const gpu = await testGpu()
    const source = await readModel(openDisk(CHECKPOINT))
    const before = gpu.bytes
    await loadModel(gpu, source)
    expect(gpu.bytes - before).toBe(weightBytes(source))
  })

  it('says which part of the plan is computed again', () => {
    const c = { layers: 4, hidden: 64, heads: 4, kvHeads: 2, headDim: 16, ffn: 96, vocabulary: 100, eps: 1e-6 }
    const lora = { rank: 4, scale: 1, targets: LORA_TARGETS }
    const batch = { rows: 8, tokens: 100 }
    const plan = (budget: number) => {
      const [, , keys, activations] = memoryPlan(c, 1, lora, batch, budget).parts
      return { again: activations!.name.endsWith(' computed again'), bytes: keys!.bytes + activations!.bytes }
    }
    const row = 100 * activationBytes(c, lora, true)
    const [kept, again] = [plan(row), plan(row - 1)]
    expect([kept.again, again.again]).toEqual([false, true])
    expect(kept.bytes).toBeGreaterThan(0.9 * row)
    expect(kept.bytes).toBeLessThan(1.2 * row) // buffers come in sizes
    expect(plan(1)).toMatchObject({ again: true })
    expect(plan(1).bytes).toBeLessThan(row / 2)
  })

  it('counts a shared prompt once for each group', () => {
    const c = { layers: 4, hidden: 64, heads: 4, kvHeads: 2, headDim: 16, ffn: 96, vocabulary: 100, eps: 1e-6 }
    const lora = { rank: 4, scale: 1, targets: LORA_TARGETS }
    const bytes = (batch: BatchSize) => memoryPlan(c, 1, lora, batch, 2 ** 40).parts.slice(2, 4).map((part) => part.bytes)
    const [keys, rest] = bytes({ rows: 8, tokens: 100 })
    const [groupKeys, groupRest] = bytes({ rows: 8, tokens: 100, shared: { group: 4, prompt: 70 } })
    const near = (actual: number, wanted: number) => Math.abs(actual / wanted - 1) < 0.15
    expect(near(groupKeys! / keys!, (2 * 70 + 8 * 38) / (8 * 108))).toBe(true)
    expect(groupKeys! + groupRest!).toBeLessThan(0.55 * (keys! + rest!))
  })
})
