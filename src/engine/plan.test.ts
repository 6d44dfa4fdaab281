/** The plan of Qwen2.5-0.5B's shape on devices of several sizes: what micro-batches may take, and what the verdict says. */
import { describe, expect, it } from 'vitest'
import { LORA_TARGETS } from '../policy/policy'
import { modelParameters } from './memory'
import { budgetOf, type Planned, planRun } from './plan'

const MB = 2 ** 20
const config = { layers: 24, hidden: 896, heads: 14, kvHeads: 2, headDim: 64, ffn: 4864, vocabulary: 151_936, eps: 1e-6 }
const parameters = modelParameters(config, true, true)
const model = (bytes: number): Planned => ({ config, parameters, weights: bytes * parameters, largest: bytes * config.hidden * config.ffn })
const device = (bytes: number, binding = bytes) => ({ limits: { maxBufferSize: bytes, maxStorageBufferBindingSize: binding } })
const lora = { rank: 16, scale: 2, targets: LORA_TARGETS }
const batch = { rows: 8, tokens: 384 }

describe('the plan', () => {
  it('gives micro-batches a quarter of what the weights leave, within bounds', () => {
    expect(budgetOf(device(16e9), model(4))).toBe(512 * MB)
    const room = 1536 * MB - model(0.6).weights
    expect(budgetOf(device(1536 * MB), model(0.6))).toBe(Math.floor(room / 4 / MB) * MB)
    expect(budgetOf(device(100 * MB), model(4))).toBe(32 * MB)
  })

  it('fits, fits with checkpointing, or names a file of 4 bits', () => {
    const words = (bytes: number, size: number, change = {}) => planRun(model(bytes), lora, { ...batch, ...change }, device(size)).verdict!
    expect(words(0.6, 16e9, { tokens: 64 }).fits).toBe('fits')
    expect(words(0.6, 16e9, { tokens: 2048 })).toMatchObject({ fits: 'fits with checkpointing', words: expect.stringMatching(/computed again/) as string })
    const much = words(4, 1.9e9)
    expect(much).toMatchObject({ fits: 'does not fit', words: expect.stringMatching(/; try a file of 4 bits \(\d/) as string })
    expect(words(4, 100 * MB).words).toMatch(/; try a smaller model\.$/)
  })

  it('sees a matrix that the device cannot bind as a whole', () => {
    const { verdict } = planRun(model(4), lora, { rows: 1, tokens: 64 }, device(8e9, 16e6))
    expect(verdict).toMatchObject({ fits: 'does not fit', words: expect.stringMatching(/binds 16 MB at once/) as string })
  })

  it('adds up', () => {
    const { parts, total } = planRun(model(0.6), lora, batch, device(16e9))
    expect(total).toBe(parts.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(parts[0]).toEqual({ name: 'weights', bytes: 0.6 * parameters })
  })
})
