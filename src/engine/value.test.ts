import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uniform } from '../kernels/check'
import type { Batch, Policy } from '../policy/policy'
import { gradientsOf, openEngine } from './cases'

const fixtures = fileURLToPath(new URL('../../fixtures/trl_run', import.meta.url))
const open = (activations?: number) =>
  openEngine(`${fixtures}/checkpoint`, `${fixtures}/adapter`, { valueHead: true, ...(activations && { activations }) })
const batch: Batch = {
  rows: [
    { prompt: [5, 9, 2], completion: [3, 4, 5, 1] },
    { prompt: [33], completion: [7] },
    { prompt: [7, 40], completion: [] },
    { prompt: [8, 8, 20, 12], completion: [2, 2, 1] },
  ],
  temperature: 0.8,
}
const slope = {
  logprob: batch.rows.map(({ completion }, b) => uniform(completion.length, b + 1)),
  entropy: batch.rows.map(({ completion }, b) => uniform(completion.length, b + 11)),
  value: batch.rows.map(({ completion }, b) => uniform(completion.length + 1, b + 21)),
}
const nothing = { logprob: slope.logprob.map((row) => row.map(() => 0)) }
const adamw = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }

describe('the value head', () => {
  let policy: Policy
  beforeAll(async () => {
    policy = await open()
    expect((await policy.forward(batch)).value).toEqual([[0, 0, 0, 0, 0], [0, 0], [0], [0, 0, 0, 0]]) // starts at zero
    const { length } = await policy.inspect!.read('v_head.weight')
    await policy.inspect!.nudge('v_head.weight', uniform(length, 7), 0.3)
    await policy.inspect!.nudge('v_head.bias', [1], 0.2)
  })
  afterAll(() => policy.close())

  it('values the state before each completion token, and the one after the last', async () => {
    const { value } = await policy.forward(batch)
    expect(value!.map((row) => row.length)).toEqual([5, 2, 1, 4])
    // a state does not depend on what comes after it: the same values from longer and shorter rows
    const { prompt, completion } = batch.rows[0]!
    const cuts = completion.map((_, t) => ({ prompt, completion: completion.slice(0, t) }))
    const shorter = (await policy.forward({ rows: cuts, temperature: 1 })).value!
    cuts.forEach((_, t) => expect(Math.abs(shorter[t]!.at(-1)! - value![0]![t]!)).toBeLessThan(1e-5))
    // and the state after a token is the one before the next
    const moved = [{ prompt: [...prompt, completion[0]!], completion: completion.slice(1) }]
    const rest = (await policy.forward({ rows: moved, temperature: 1 })).value![0]!
    rest.forEach((v, t) => expect(Math.abs(v - value![0]![t + 1]!)).toBeLessThan(1e-5))
  })

  it('sends its slopes into itself and into the adapter: central differences of every tensor', async () => {
    const loss = async () => {
      const { logprob, entropy, value } = await policy.forward(batch)
      const along = (a: number[][], b: number[][]) => a.flatMap((row, i) => row.map((x, t) => x * b[i]![t]!)).reduce((x, y) => x + y, 0)
      return along(logprob, slope.logprob) + along(entropy, slope.entropy) + along(value!, slope.value)
    }
    const { id } = await policy.forward(batch)
    await policy.backward(id, slope)
    const gradients = await gradientsOf(policy)
    expect(gradients.size).toBe(2 * 7 * 2 + 2)
    for (const [name, gradient] of gradients) {
      // along the gradient's own signs, so that nothing cancels
      const direction = gradient.map(Math.sign)
      const h = 2e-4
      await policy.inspect!.nudge(name, direction, h)
      const above = await loss()
      await policy.inspect!.nudge(name, direction, -2 * h)
      const below = await loss()
      await policy.inspect!.nudge(name, direction, h)
      const along = gradient.reduce((sum, g) => sum + Math.abs(g), 0)
      expect(along).toBeGreaterThan(0)
      expect(Math.abs((above - below) / (2 * h) / along - 1), name).toBeLessThan(0.02)
    }
    await policy.step({ ...adamw, learningRate: 0 }) // zeroes the gradients
  })

  it('has the same gradients to the bit in one micro-batch and in many, and leaves the rest alone', async () => {
    const parts = await open(1)
    await parts.load(await policy.save())
    for (const p of [policy, parts]) await p.backward((await p.forward(batch)).id, slope)
    expect(await gradientsOf(parts)).toEqual(await gradientsOf(policy))
    for (const p of [policy, parts]) await p.step({ ...adamw, learningRate: 0 })
    expect((await parts.forward(batch)).logprob).toEqual(await policy.logprobs(batch, 'current')) // which asks for no values
    await parts.close()
  })

  it('learns at its own rate, alone where only values have slopes, and goes on from its saved state exactly', async () => {
    const other = await open()
    const step = async (p: Policy) => {
      const { id, value } = await p.forward(batch)
      await p.backward(id, { ...nothing, value: slope.value })
      return { value, ...(await p.step({ ...adamw, valueLearningRate: 0.05 })) }
    }
    await step(other)
    const bias = await other.inspect!.read('v_head.bias')
    expect(Math.abs(bias[0]!)).toBeCloseTo(0.05, 4) // Adam's first step is the rate
    const saved = await other.save()
    const then = [await step(other), await step(other)]
    await other.load(saved)
    expect([await step(other), await step(other)]).toEqual(then)
    await other.load(saved)
    const before = await other.inspect!.read('v_head.bias')
    const { id: last } = await other.forward(batch)
    await other.backward(last, { ...nothing, value: slope.value })
    await other.step({ ...adamw, valueLearningRate: 0.05, restart: true })
    const after = await other.inspect!.read('v_head.bias')
    expect(Math.abs(after[0]! - before[0]!)).toBeCloseTo(0.05, 4) // a first step again
    const bare = await openEngine(`${fixtures}/checkpoint`, `${fixtures}/adapter`)
    await expect(bare.load(saved)).rejects.toThrow(/value head or model differ/)
    expect(bare.info.can.valueHead).toBe(false)
    const { id } = await bare.forward(batch)
    await expect(bare.backward(id, slope)).rejects.toThrow(/opened without a value head/)
    await Promise.all([other, bare].map((p) => p.close()))
  })

  it('is written beside the adapter, in a file of its own, and goes on from there', async () => {
    const files = await policy.exportAdapter()
    expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'value_head.safetensors'])
    const folder = mkdtempSync(join(tmpdir(), 'etude-head-'))
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    const again = await openEngine(`${fixtures}/checkpoint`, folder, { valueHead: true })
    rmSync(folder, { recursive: true })
    expect((await again.forward(batch)).value).toEqual((await policy.forward(batch)).value)
    await again.close()
  })

  it('refuses slopes of the wrong length', async () => {
    const { id } = await policy.forward(batch)
    const short = { ...nothing, value: slope.logprob }
    await expect(policy.backward(id, short)).rejects.toThrow('The slope of row 0 has 4 values, and should have one more than its 4 tokens')
  })
})
