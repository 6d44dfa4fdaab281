import { expect, it } from 'vitest'
import { mismatch } from './update'

it('measures the mismatch of sampler and trainer as TRL does, ratios by sequence', () => {
  const metrics = mismatch([[0.1, -0.3], [], [0.2]])
  expect(metrics['sampling/sampling_logp_difference/mean']).toBeCloseTo(0.2, 12)
  expect(metrics['sampling/sampling_logp_difference/max']).toBeCloseTo(0.3, 12)
  expect(metrics['sampling/importance_sampling_ratio/min']).toBeCloseTo(Math.exp(-0.2), 12)
  expect(metrics['sampling/importance_sampling_ratio/mean']).toBeCloseTo((Math.exp(-0.2) + 1 + Math.exp(0.2)) / 3, 12)
  expect(metrics['sampling/importance_sampling_ratio/max']).toBeCloseTo(Math.exp(0.2), 12)
})

it('measures the ratios of the correction where there is one', () => {
  const metrics = mismatch([[5]], [1, 0])
  expect(metrics['sampling/importance_sampling_ratio/mean']).toBe(0.5)
  expect(metrics['sampling/sampling_logp_difference/max']).toBe(5)
})
