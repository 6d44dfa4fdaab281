import { describe, expect, it } from 'vitest'
import type { Purpose, SampleKey } from '../policy/policy'
import { sampleKey } from './random'

describe('sample keys', () => {
  it('differ wherever one part differs', () => {
    const key = { seed: 1, purpose: 'rollout', step: 1 } as const
    const keys = [
      sampleKey(key, 0, 0),
      sampleKey(key, 1, 0),
      sampleKey(key, 0, 1),
      sampleKey({ ...key, seed: 2 }, 0, 0),
      sampleKey({ ...key, seed: 1 + 2 ** 32 }, 0, 0),
      sampleKey({ ...key, step: 2 }, 0, 0),
      sampleKey({ ...key, attempt: 1 }, 0, 0),
      sampleKey({ ...key, round: 1 }, 0, 0),
      sampleKey({ ...key, purpose: 'evaluation' }, 0, 0),
    ]
    expect(new Set(keys.map(String)).size).toBe(keys.length)
  })

  it('never collide over the purposes, steps, attempts, rounds, prompts and samples of a run', () => {
    // 64 prompts of 32 samples in 3 rounds and 2 attempts, at 8 steps: 393,216 keys; by chance alone one would need 4·10⁹
    const purposes: Purpose[] = ['rollout', 'evaluation', 'probe', 'chat']
    const keys: bigint[] = []
    const add = (key: SampleKey, prompt: number, sample: number) => {
      const [a, b] = sampleKey(key, prompt, sample)
      keys.push((BigInt(a) << 32n) | BigInt(b))
    }
    for (const purpose of purposes)
      for (const step of [0, 1, 2, 3, 999, 1000, 65535, 65536])
        for (const attempt of [0, 1])
          for (const round of [0, 1, 2])
            for (let prompt = 0; prompt < 64; prompt++) for (let g = 0; g < 32; g++) add({ seed: 7, purpose, step, attempt, round }, prompt, g)
    const sorted = BigUint64Array.from(keys).sort()
    expect(sorted.length).toBe(4 * 8 * 2 * 3 * 64 * 32)
    expect(sorted.findIndex((key, i) => i > 0 && key === sorted[i - 1])).toBe(-1)
  })
})
