import { describe, expect, it } from 'vitest'
import { deviation, mean, wilson } from './statistics'

describe('statistics', () => {
  it('mean and unbiased deviation', () => {
    expect(mean([1, 2, 6])).toBe(3)
    expect(deviation([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12)
    expect(deviation([1])).toBeNaN()
  })

  it('Wilson intervals', () => {
    // 188, 224 and 243 of 500: 33.5–41.9, 40.5–49.2 and 44.2–53.0 %
    for (const [n, low, high] of [[188, 0.335, 0.419], [224, 0.405, 0.492], [243, 0.442, 0.53]] as const) {
      expect(wilson(n, 500).low).toBeCloseTo(low, 3)
      expect(wilson(n, 500).high).toBeCloseTo(high, 3)
    }
    expect(wilson(0, 10).low).toBe(0)
    expect(wilson(10, 10).high).toBeCloseTo(1, 12)
    expect(wilson(0, 10).high).toBeCloseTo(0.2775, 4)
  })
})
