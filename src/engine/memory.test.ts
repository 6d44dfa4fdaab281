import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { sizeOf } from '../gpu/tensor'
import { openDisk } from '../hub/disk'
import { testGpu } from '../kernels/check'
import { readModel } from '../onnx/model'
import { LORA_TARGETS } from '../policy/policy'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { activationBytes } from './memory'
import { Scorer } from './scorer'

describe('memory', () => {
  it('plans the activations that a pass takes, and every tensor comes back', async () => {
    const gpu = await testGpu()
    const model = await loadModel(
      gpu,
      await readModel(openDisk(fileURLToPath(new URL('../../fixtures/trl_run/checkpoint', import.meta.url)))),
    )
    const shape = { rank: 8, scale: 2, targets: LORA_TARGETS }
    const scorer = new Scorer(gpu, model, new LoraParameters(gpu, model.config, shape), 2 ** 30)
    let [live, peak] = [0, 0]
    const [take, give] = [gpu.tensor.bind(gpu), gpu.release.bind(gpu)]
    vi.spyOn(gpu, 'tensor').mockImplementation((of) => {
      live += 4 * sizeOf(of)
      peak = Math.max(peak, live)
      return take(of)
    })
    vi.spyOn(gpu, 'release').mockImplementation((tensor) => {
      live -= 4 * tensor.size
      give(tensor)
    })
    const rows = Array.from({ length: 20 }, (_, b) => ({ prompt: [5, 6, 7], completion: Array.from({ length: 6 + b }, () => 9) }))
    const tokens = rows.reduce((sum, { completion }) => sum + completion.length + 2, 0)
    for (const differentiate of [false, true]) {
      ;[live, peak] = [0, 0]
      if (differentiate) {
        const { id, logprob } = await scorer.forward({ rows, temperature: 1 })
        await scorer.backward(id, { logprob })
      } else await scorer.logprobs({ rows, temperature: 1 }, 'current')
      const planned = tokens * activationBytes(model.config, shape, differentiate)
      expect(peak).toBeLessThanOrEqual(planned)
      expect(peak).toBeGreaterThan(0.6 * planned)
      expect(live).toBe(0)
    }
    vi.restoreAllMocks()
  })
})
