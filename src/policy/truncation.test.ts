import { describe, expect, it } from 'vitest'
import { checkTruncation, truncate, type Truncation } from './truncation'

const p = [0.1, 0.4, 0.05, 0.25, 0.1, 0.1]
const kept = (rule: Truncation) => truncate(p.map(Math.log), rule).flatMap((lp, v) => (lp > -Infinity ? [v] : []))

describe('truncate', () => {
  it('keeps what the rules say, ties with them, and leaves their log-probs as they are', () => {
    expect(kept({})).toEqual([0, 1, 2, 3, 4, 5])
    expect(kept({ topP: 1, topK: 0, minP: 0 })).toEqual([0, 1, 2, 3, 4, 5])
    expect(kept({ topK: 2 })).toEqual([1, 3])
    expect(kept({ topK: 3 })).toEqual([0, 1, 3, 4, 5])
    expect(kept({ topP: 0.3 })).toEqual([1])
    expect(kept({ topP: 0.6 })).toEqual([1, 3])
    expect(kept({ topP: 0.7 })).toEqual([0, 1, 3, 4, 5])
    expect(kept({ minP: 0.5 })).toEqual([1, 3])
    expect(truncate(p.map(Math.log), { topK: 2 })[3]).toBe(Math.log(0.25))
  })

  it('takes top-p of what top-k left', () => {
    // .4 of all, but .4 / .65 = .615 of the two
    expect(kept({ topP: 0.6, topK: 2 })).toEqual([1])
    expect(kept({ topP: 0.62, topK: 2 })).toEqual([1, 3])
    expect(kept({ topP: 0.99, topK: 3, minP: 0.3 })).toEqual([1, 3])
  })
})

describe('checkTruncation', () => {
  it('refuses what has no meaning', () => {
    for (const rule of [{}, { topP: 1 }, { topP: 1e-9, topK: 3, minP: 0.999 }]) expect(() => checkTruncation(rule)).not.toThrow()
    for (const topP of [0, -1, 1.01, Number.NaN]) expect(() => checkTruncation({ topP })).toThrow(`topP is ${topP}: give a number`)
    for (const topK of [-1, 0.5, Infinity]) expect(() => checkTruncation({ topK })).toThrow(`topK is ${topK}: give a whole number`)
    for (const minP of [-0.1, 1, Number.NaN]) expect(() => checkTruncation({ minP })).toThrow(`minP is ${minP}: give a number`)
  })
})
