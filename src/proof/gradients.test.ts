/** The check itself: it passes exact gradients of a function that bends, and finds the one among many that is wrong by little. */
import { describe, expect, it } from 'vitest'
import { uniform } from '../engine/random'
import type { Policy } from '../policy/policy'
import { checkGradients } from '../policy/gradients'

const LIMIT = 1e-3
const SIZE = 40
const PARTS = ['q', 'k', 'v', 'o', 'gate', 'up', 'down']
const NAMES = ['A', 'B'].flatMap((side) => PARTS.map((part) => `model.layers.0.${part}.lora_${side}`))

/** log-prob = Σ c_i sin(k p_i) over all parameters p, whose gradient is exact but for `factors`; evaluations are counted. */
function bending(k: number, factors: Record<string, number>, calls = { forward: 0 }): Policy {
  const random = uniform(3)
  const tensors = new Map(NAMES.map((name) => [name, Array.from({ length: SIZE }, () => random())]))
  const c = new Map(NAMES.map((name) => [name, Array.from({ length: SIZE }, () => random() - 0.5)]))
  const value = () => NAMES.reduce((sum, name) => sum + tensors.get(name)!.reduce((s, p, i) => s + c.get(name)![i]! * Math.sin(k * p), 0), 0)
  const logprobs = () => {
    calls.forward++
    return Promise.resolve([[value()]])
  }
  return {
    logprobs,
    forward: async () => ({ id: 1, logprob: await logprobs(), entropy: [[0]] }),
    backward: () => Promise.resolve(),
    inspect: {
      tensors: () => Promise.resolve(NAMES.map((name) => ({ name, shape: [SIZE] }))),
      read: (name: string) => Promise.resolve(tensors.get(name)!),
      gradient: (name: string) =>
        Promise.resolve(tensors.get(name)!.map((p, i) => (factors[name] ?? 1) * c.get(name)![i]! * k * Math.cos(k * p))),
      nudge(name: string, direction: number[], size: number) {
        tensors.set(name, tensors.get(name)!.map((p, i) => p + size * direction[i]!))
        return Promise.resolve()
      },
    },
  } as unknown as Policy
}

const batch = { rows: [{ prompt: [1], completion: [2] }], temperature: 1 }
const check = (policy: Policy, seed = 5) =>
  checkGradients(policy, batch, { weights: [[1]], random: uniform(seed), chosen: () => true, limit: LIMIT })

describe('checkGradients', () => {
  it.each([0.1, 1, 4])('agrees with exact gradients of a function that bends %d times as fast', async (k) => {
    const calls = { forward: 0 }
    const found = await check(bending(k, {}, calls))
    expect(found.map(({ name }) => name)).toEqual(NAMES)
    for (const { name, relative } of found) expect(relative, name).toBeLessThan(LIMIT)
    expect(calls.forward, 'few where all is right').toBeLessThan(4 * NAMES.length)
  })

  it.each(NAMES)('finds that of %s wrong by little more than is allowed, and only that one', async (wrong) => {
    for (const factor of [1 + 2 * LIMIT, 1 - 2 * LIMIT, -1]) {
      const found = await check(bending(1, { [wrong]: factor }))
      const names = found.filter(({ relative }) => !(relative <= LIMIT)).map(({ name }) => name)
      expect(names, `factor ${factor}`).toEqual([wrong])
    }
  })

  it('finds two that are wrong the opposite way', async () => {
    const sides = [NAMES.slice(0, PARTS.length), NAMES.slice(PARTS.length)]
    const pairs = sides.flatMap((names) => names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const)))
    for (const [a, b] of pairs) {
      const found = await check(bending(1, { [a]: 1 + 3 * LIMIT, [b]: 1 - 3 * LIMIT }))
      expect(found.filter(({ relative }) => relative > LIMIT).map(({ name }) => name)).toEqual([a, b])
    }
  })

  it('refuses a gradient that is zero or no number: no difference says anything about it', async () => {
    for (const factor of [0, Number.NaN]) await expect(check(bending(1, { [NAMES[2]!]: factor }))).rejects.toThrow(/gradient of .*v\.lora_A is zero/)
  })
})
