import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate, ppoLoss, valuedStates, whiten, type PpoSettings } from './ppo'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31)
console.info(`ppo.test: seed ${seed} (TEST_SEED repeats it)`)

const settings: PpoSettings = {
  convention: 'trl',
  kl_estimator: 'k1',
  kl_coef: 0.05,
  gamma: 1,
  lam: 0.95,
  whiten_rewards: false,
  cliprange: 0.2,
  cliprange_value: 0.2,
  vf_coef: 0.5,
}
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** Tokens: log-prob, its distance from the old one, advantage; states: value, its distance from the old one, return. */
const row = fc.array(fc.tuple(number(-4, -0.1), number(-0.6, 0.6), number(-2, 2)), { minLength: 1, maxLength: 6 })
const states = fc.array(fc.tuple(number(-1, 1), number(-0.6, 0.6), number(-1, 1)), { minLength: 7, maxLength: 7 })

describe('PPO', () => {
  it.each(['trl', 'reft'] as const)('has the slopes of its loss: %s', (convention) => {
    const config = { ...settings, convention }
    fc.assert(
      fc.property(fc.array(fc.tuple(row, states), { minLength: 1, maxLength: 4 }), (rows) => {
        const valued = valuedStates(rows.map(([of]) => of.length), 6, convention)
        const batch = {
          logprob: rows.map(([of]) => of.map(([lp]) => lp)),
          old: rows.map(([of]) => of.map(([lp, d]) => lp - d)),
          advantages: rows.map(([of]) => of.map(([, , A]) => A)),
          value: rows.map(([of, values]) => values.slice(0, of.length + 1).map(([v]) => v)),
          oldValues: rows.map(([of, values]) => values.slice(0, of.length + 1).map(([v, d]) => v - d)),
          returns: rows.map(([, values], b) => values.slice(0, valued[b]).map(([, , R]) => R)),
        }
        const { slope } = ppoLoss(batch, config)
        const h = 1e-6
        for (const key of ['logprob', 'value'] as const) {
          batch[key].forEach((of, b) =>
            of.forEach((x, t) => {
              const at = (y: number) => ppoLoss({ ...batch, [key]: batch[key].map((r, i) => (i === b ? r.with(t, y) : r)) }, config).loss
              const [below, here, above] = [at(x - h), at(x), at(x + h)]
              if (Math.abs(above + below - 2 * here) > 1e-9) return // an edge of the clip lies in between
              expect(Math.abs(slope[key][b]![t]! - (above - below) / (2 * h)), `${key} ${b} ${t}`).toBeLessThan(1e-7)
            }),
          )
        }
      }),
      { seed, numRuns: 40 },
    )
  })

  it('values the state after the end only in TRL’s convention, and only where the completion ended before its limit', () => {
    expect(valuedStates([3, 8], 8, 'trl')).toEqual([4, 8])
    expect(valuedStates([3, 8], 8, 'reft')).toEqual([3, 8])
    const experience = { old: [[-1, -1]], reference: [[-1, -1]], values: [[0, 0, 0]], scores: [1] }
    expect(estimate({ ...experience, valued: [3] }, settings).rewards[0]!.map((r) => r + 0)).toEqual([0, 0, 1])
    expect(estimate({ ...experience, valued: [2] }, settings).rewards[0]!.map((r) => r + 0)).toEqual([0, 1])
  })

  it('whitens to mean 0 and variance 1, and a lone number to 0', () => {
    const [a, b] = whiten([[1, 2], [6]], true)
    expect(a![0]! + a![1]! + b![0]!).toBeCloseTo(0, 12)
    expect(a![0]! ** 2 + a![1]! ** 2 + b![0]! ** 2).toBeCloseTo(2, 6)
    expect(whiten([[5]], true)).toEqual([[0]])
    expect(whiten([[5]], false)).toEqual([[5]])
  })
})
