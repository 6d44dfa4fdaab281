import { describe, expect, it } from 'vitest'
import { bytes, count, duration, fixed, metric, ofWhole, parameters, percent, scientific, signed } from './format'

describe('numbers as the page writes them', () => {
  it('writes the sign of an advantage as text', () => {
    expect([1.191, -0.849, 0, -0.0001, 0.004].map((x) => signed(x))).toEqual(['+1.19', '−0.85', '0.00', '0.00', '0.00'])
    expect(fixed(-1.005, 1)).toBe('−1.0')
    expect(fixed(NaN)).toBe('–')
  })

  it('keeps two or three figures at every size', () => {
    expect([0, 0.00012, -0.0031, 0.21, 14.23, 512.4].map(metric)).toEqual(['0.00', '1.2e−4', '−3.1e−3', '0.21', '14.2', '512'])
  })

  it('writes learning rates as one types them', () => {
    const rates = [0, 1e-3, 2e-3, 2.5e-5, 0.25, 1]
    expect(rates.map(scientific)).toEqual(['0', '1e-3', '2e-3', '2.5e-5', '0.25', '1'])
    expect(rates.map((x) => Number(scientific(x)))).toEqual(rates)
  })

  it('spells units', () => {
    expect([8.4, 72, 7500, NaN].map(duration)).toEqual(['8 s', '1 min 12 s', '2 h 05 min', '–'])
    expect([count(81408), percent(0.347), parameters(149312), parameters(494032768), ofWhole(0.25, 4)]).toEqual([
      '81,408', '35 %', '0.15 M', '494 M', '1 of 4',
    ])
    expect([0, 999, 1000, 87_400_000, 999_600, 999_600_000, 12_340_000_000].map(bytes)).toEqual([
      '0 bytes', '999 bytes', '1.0 kB', '87 MB', '1.0 MB', '1.0 GB', '12.3 GB',
    ])
  })
})
