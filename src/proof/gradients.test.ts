/** The check itself: it passes exact gradients of a function that bends, and finds one that is wrong by a hundredth. */
import { expect, it } from 'vitest'
import { uniform } from '../engine/random'
import type { Policy } from '../policy/policy'
import { checkGradients } from './gradients'

const NAMES = ['x.lora_A', 'x.lora_B']

/** log-prob = Σ c_i sin(k p_i) over all parameters p, whose gradient is exact but for `factor` on one tensor. */
function bending(k: number, factor: number): Policy {
  const random = uniform(3)
  const tensors = new Map(NAMES.map((name) => [name, Array.from({ length: 6 }, () => random())]))
  const c = new Map(NAMES.map((name) => [name, Array.from({ length: 6 }, () => random() - 0.5)]))
  const value = () => NAMES.reduce((sum, name) => sum + tensors.get(name)!.reduce((s, p, i) => s + c.get(name)![i]! * Math.sin(k * p), 0), 0)
  const logprobs = () => Promise.resolve([[value()]])
  return {
    logprobs,
    forward: async () => ({ id: 1, logprob: await logprobs(), entropy: [[0]] }),
    backward: () => Promise.resolve(),
    inspect: {
      tensors: () => Promise.resolve(NAMES.map((name) => ({ name, shape: [6] }))),
      read: (name: string) => Promise.resolve(tensors.get(name)!),
      gradient: (name: string) =>
        Promise.resolve(tensors.get(name)!.map((p, i) => (name === 'x.lora_A' ? factor : 1) * c.get(name)![i]! * k * Math.cos(k * p))),
      nudge(name: string, direction: number[], size: number) {
        tensors.set(name, tensors.get(name)!.map((p, i) => p + size * direction[i]!))
        return Promise.resolve()
      },
    },
  } as unknown as Policy
}

const batch = { rows: [{ prompt: [1], completion: [2] }], temperature: 1 }
const check = (k: number, factor: number) => checkGradients(bending(k, factor), batch, { weights: [[1]], random: uniform(5), chosen: () => true, limit: 1e-3 })

it.each([0.1, 1, 4])('agrees with exact gradients of a function that bends %d times as fast', async (k) => {
  const found = await check(k, 1)
  expect(found.map(({ name }) => name)).toEqual(NAMES)
  for (const { name, relative } of found) expect(relative, name).toBeLessThan(1e-3)
})

it('finds a gradient that is wrong by a hundredth, and only that one', async () => {
  const [a, b] = await check(1, 1.01)
  expect(a!.relative).toBeGreaterThan(5e-3)
  expect(b!.relative).toBeLessThan(1e-3)
})
