/**
 * Keys of the counter-based random numbers: (seed, purpose, step, attempt, prompt, round, sample) → 64 bits; the sampler's kernel
 * adds the token's number and its id. No stream depends on what was drawn before, so a run can be cut and resumed anywhere.
 */
import type { Purpose, SampleKey } from '../policy/policy'

const PURPOSES: readonly Purpose[] = ['rollout', 'evaluation', 'probe', 'chat']

/** The two words of one completion's key. */
export function sampleKey(key: SampleKey, prompt: number, sample: number): [number, number] {
  const purpose = PURPOSES.indexOf(key.purpose)
  const parts = [key.seed, Math.floor(key.seed / 2 ** 32), purpose, key.step, key.attempt ?? 0, prompt, key.round ?? 0, sample]
  let [a, b] = [0x243f6a88, 0x85a308d3] // the first digits of π: nothing up the sleeve
  for (const part of parts) {
    a = mix(a ^ (part >>> 0))
    b = mix(b ^ a)
  }
  return [a, b]
}

/** A plain stream of uniform numbers in [0, 1) for what is drawn once, such as A's start (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A bijection of 32 bits in which every bit of the input moves every bit of the output (Mueller's hash). */
function mix(x: number): number {
  let h = (x + 0x9e3779b9) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b)
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b)
  return (h ^ (h >>> 16)) >>> 0
}
