/** Rows that share a prompt against the same rows without it, and what is the same to the bit. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uniform } from '../kernels/check'
import type { Batch, Policy, Row, Slope } from '../policy/policy'
import { gradientsOf, openEngine, relative } from './cases'

const fixtures = fileURLToPath(new URL('../../fixtures/trl_run', import.meta.url))
const open = (activations?: number) => openEngine(`${fixtures}/checkpoint`, `${fixtures}/adapter`, { ...(activations && { activations }) })
const zeroed = { learningRate: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 }

const [long, short] = [[5, 9, 2, 30, 8], [33]]
/** Two prompts, their rows in between each other; some completions of one token, some without any. */
const rows: Row[] = [
  { prompt: long, completion: [3, 4, 5, 1] },
  { prompt: short, completion: [7] },
  { prompt: long, completion: [3] },
  { prompt: short, completion: [9, 9, 21] },
  { prompt: long, completion: [] },
  { prompt: long, completion: [40, 2] },
]
const batch: Batch = { rows, temperature: 0.8 }
const slope: Slope = {
  logprob: rows.map(({ completion }, b) => uniform(completion.length, b + 1)),
  entropy: rows.map(({ completion }, b) => uniform(completion.length, b + 11)),
}

/** Gradients of the loss with these slopes, each of `calls` a forward and backward of its own. */
async function gradients(policy: Policy, calls: { batch: Batch; slope: Slope }[]): Promise<Map<string, number[]>> {
  for (const call of calls) await policy.backward((await policy.forward(call.batch)).id, call.slope)
  const found = await gradientsOf(policy)
  await policy.step(zeroed)
  return found
}

describe('rows that share a prompt', () => {
  let policy: Policy
  beforeAll(async () => {
    policy = await open()
  })
  afterAll(() => policy.close())

  const alone = rows.map((row, b) => ({
    batch: { rows: [row], temperature: 0.8 },
    slope: { logprob: [slope.logprob[b]!], entropy: [slope.entropy![b]!] },
  }))

  it('have the log-probs and entropies that they have alone, to the bit', async () => {
    const together = await policy.forward(batch)
    expect(together.logprob.map((row) => row.length)).toEqual(rows.map(({ completion }) => completion.length))
    for (const [b, { batch: one }] of alone.entries()) {
      const { logprob, entropy } = await policy.forward(one)
      expect([logprob[0], entropy[0]], `row ${b}`).toEqual([together.logprob[b], together.entropy[b]])
    }
    expect(await policy.logprobs(batch, 'current')).toEqual(together.logprob)
    const off = await policy.logprobs(batch, 'off')
    expect(off).not.toEqual(together.logprob)
    expect((await policy.logprobs({ rows: rows.slice(3, 4), temperature: 0.8 }, 'off'))[0]).toEqual(off[3])
  })

  it('have the gradients of the same rows one by one', async () => {
    const together = await gradients(policy, [{ batch, slope }])
    const apart = await gradients(policy, alone)
    expect(together.size).toBeGreaterThan(0)
    for (const [name, values] of together) expect(relative(values, apart.get(name)!), name).toBeLessThan(1e-5)
  })

  it('have the same gradients to the bit whatever the budget: together, in pieces, layers computed again', async () => {
    const together = await gradients(policy, [{ batch, slope }])
    for (const bytes of [1, 200_000, 400_000]) {
      const parts = await open(bytes)
      expect(await gradients(parts, [{ batch, slope }]), `${bytes} bytes`).toEqual(together)
      expect((await parts.forward(batch)).logprob).toEqual((await policy.forward(batch)).logprob)
      await parts.close()
    }
  })

  it('cost nothing backward where they have no slope, and change nothing', async () => {
    const quiet = (silent: number[]): Slope => {
      const part = (numbers: number[][]) => numbers.map((row, b) => (silent.includes(b) ? row.map(() => 0) : row))
      return { logprob: part(slope.logprob), entropy: part(slope.entropy!) }
    }
    for (const silent of [[1, 3], [0, 2, 4, 5], [0, 1, 2, 3, 4, 5]]) {
      const live = rows.flatMap((_, b) => (silent.includes(b) ? [] : [b]))
      const only = {
        batch: { ...batch, rows: live.map((b) => rows[b]!) },
        slope: { logprob: live.map((b) => slope.logprob[b]!), entropy: live.map((b) => slope.entropy![b]!) },
      }
      const wanted = await gradients(policy, live.length > 0 ? [only] : [])
      expect(await gradients(policy, [{ batch, slope: quiet(silent) }]), `silent: ${silent.join()}`).toEqual(wanted)
    }
  })
})
