/** Slopes against finite differences of the values. */
import { describe, expect, it } from 'vitest'
import { lossOf } from './losses'

const lp = [[-0.3, -1.2, -2], [-0.7]]
const inputs = [
  { weights: [1, -0.5, 0], logprobs: [-0.5, -1.1, -1], advantages: [1, -0.5, 2] },
  { weights: [2], logprobs: [-0.2], advantages: [-1] },
]

describe.each([
  ['cross_entropy', {}],
  ['importance_sampling', {}],
  ['ppo', { clip_low_threshold: 0.9, clip_high_threshold: 1.1 }],
  ['dro', { beta: 0.3 }],
])('%s', (name, config: Record<string, number>) => {
  const loss = lossOf(name, config)
  it('has the slope of its value', () => {
    const { slope } = loss(lp, inputs)
    lp.forEach((row, b) => row.forEach((_, t) => {
      const moved = (by: number) => loss(lp.map((r, i) => r.map((x, j) => (i === b && j === t ? x + by : x))), inputs).value
      expect(slope[b]![t]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6)
    }))
  })
})

it('cispo holds the ratio fixed', () => {
  const { slope } = lossOf('cispo', { clip_high_threshold: 1.1 })(lp, inputs)
  expect(slope[0]![0]).toBeCloseTo(-1.1, 12) // r = e^.2, clipped
  expect(slope[0]![1]).toBeCloseTo(0.5 * Math.exp(-0.1), 12)
})

it('refuses what it does not know', () => {
  expect(() => lossOf('gspo', {})).toThrow('no loss gspo')
  expect(() => lossOf('cross_entropy', { clip: 1 })).toThrow('no setting clip')
  expect(() => lossOf('ppo', { clip_low_threshold: 'x' })).toThrow('must be a number')
})
