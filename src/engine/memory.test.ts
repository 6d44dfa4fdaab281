import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { Gpu } from '../gpu/gpu'
import { sizeOf } from '../gpu/tensor'
import { openDisk } from '../hub/disk'
import { testGpu } from '../kernels/check'
import { readModel } from '../onnx/model'
import { LORA_TARGETS } from '../policy/policy'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { activationBytes } from './memory'
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
  it('holds one layer of a pass without gradients, however deep the model', async () => {
    const gpu = await testGpu()
    const model = await load(gpu)
    const lora = new LoraParameters(gpu, model.config, { rank: 4, scale: 1, targets: LORA_TARGETS })
    const peaks: number[] = []
    for (const copies of [1, 10]) {
      const deep = { ...model, layers: Array.from({ length: copies }, () => model.layers).flat() }
      const scorer = new Scorer(gpu, deep, lora, 2 ** 30)
      const rows = [{ prompt: [5, 6], completion: [7, 8, 9] }]
      peaks.push(await peakOf(gpu, () => scorer.logprobs({ rows, temperature: 1 }, 'off')))
    }
    expect(peaks[1]).toBe(peaks[0])
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
})
