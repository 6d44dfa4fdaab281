import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nodeGpu } from '../gpu/node'
import { openGpu, requestAdapter } from '../gpu/open'
import { openDisk } from '../hub/disk'
import { readModel } from '../onnx/model'
import { LORA_TARGETS } from '../policy/policy'
import { loadModel } from './load'
import { LoraParameters } from './lora'
import { memoryPlan } from './memory'
import { Sampler } from './sampler'
import { Scorer } from './scorer'

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/trl_run/checkpoint', import.meta.url))

describe('memory', () => {
  it('plans what the device really holds, within a tenth, of rollouts and gradients in turn', async () => {
    for (const budget of [2 ** 30, 2 ** 20]) {
      const gpu = await openGpu(await requestAdapter(await nodeGpu())) // of its own: nothing is kept from work before
      const model = await loadModel(gpu, await readModel(openDisk(CHECKPOINT)))
      const shape = { rank: 8, scale: 2, targets: LORA_TARGETS }
      const lora = new LoraParameters(gpu, model.config, shape)
      lora.initialise(1)
      const prompts = Array.from({ length: 6 }, (_, q) => Array.from({ length: 12 }, (_, t) => 5 + ((q + t) % 20)))
      const sampler = new Sampler(gpu, model, lora, budget)
      const scorer = new Scorer(gpu, model, lora, budget)
      const before = gpu.bytes
      const key = { seed: 1, purpose: 'rollout' as const, step: 1 }
      const drawn = await sampler.sample(prompts, { n: 8, maxTokens: 24, stop: [], temperature: 1, key })
      const rows = drawn.flatMap((group, q) => group.map(({ tokens }) => ({ prompt: prompts[q]!, completion: tokens })))
      const { id, logprob } = await scorer.forward({ rows, temperature: 1 })
      await scorer.backward(id, { logprob })
      const { parts } = memoryPlan(model.config, 1, shape, { rows: 48, tokens: 36, shared: { group: 8, prompt: 12 } }, budget)
      const planned = parts[2]!.bytes + parts[3]!.bytes
      expect((gpu.peak - before) / planned, `with a budget of ${budget}`).toBeGreaterThan(0.9)
      expect((gpu.peak - before) / planned, `with a budget of ${budget}`).toBeLessThan(1.1)
      gpu.destroy()
    }
  })
})
