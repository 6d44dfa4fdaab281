import { describe, expect, it } from 'vitest'
import { repeat, repetitions } from './repeat'
import { quantile, spreadOf } from './spread'

describe('the spread of times', () => {
  it('has median and quartiles between the samples, whatever their order (R: quantile(type = 7))', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, q1: 1.75, q3: 3.25, samples: [4, 1, 3, 2] })
    expect(spreadOf([10, 2, 38, 23, 38, 23, 21])).toMatchObject({ median: 23, q1: 15.5, q3: 30.5 })
  })

  it('of one sample is that sample, and of none an error', () => {
    expect(spreadOf([7])).toMatchObject({ median: 7, q1: 7, q3: 7 })
    expect(() => quantile([], 0.5)).toThrow('no samples')
  })
})

describe('repetitions', () => {
  it('are ten of short work, three of long work, or as many as wanted', () => {
    expect([repetitions(4.9), repetitions(5), repetitions(60, 7)]).toEqual([10, 3, 7])
  })

  it('leave the first time out, and sum the parts of one repetition to judge it', async () => {
    let count = 0
    const { warmup, samples } = await repeat(() => Promise.resolve({ a: 3, b: count++ === 0 ? 100 : 2 }))
    expect(warmup).toEqual({ a: 3, b: 100 })
    expect(samples).toEqual([{ a: 3, b: 2 }, { a: 3, b: 2 }, { a: 3, b: 2 }])
  })
})
