import { describe, expect, it } from 'vitest'
import { advantagesOf } from './advantages'
import { groupMetrics, overlong, rewardsOf, silent } from './rewards'

describe('rewards', () => {
  it('split groups into mixed, all good and all bad ones; what nobody could score is none of these', () => {
    const metrics = groupMetrics([1, 0, 3, 3, -1, -1, NaN, NaN, NaN, 2], 2, 3)
    expect(metrics).toEqual({ 'by_group/frac_mixed': 0.25, 'by_group/frac_all_good': 0.5, 'by_group/frac_all_bad': 0.25 })
    expect(silent([NaN, NaN])).toBe(true)
  })

  it('must make whole groups', () =>
    expect(() => rewardsOf({ scores: [[1, 0, 1]], names: ['r'], weights: [1], size: 2 })).toThrow('3 rewards do not make groups of 2'))

  it('of a group make advantages and metrics', () => {
    const given = { scores: [[1, 0, 0, 0]], names: ['exact'], weights: [1], size: 4 }
    const { advantages, metrics } = advantagesOf(given, { scale_rewards: 'group', multi_objective_aggregation: 'sum_then_normalize' })
    expect(advantages[0]).toBeCloseTo(1.49970006, 8)
    expect(metrics).toEqual({
      'rewards/exact/mean': 0.25,
      'rewards/exact/std': 0.5,
      reward: 0.25,
      reward_std: 0.5,
      frac_reward_zero_std: 0,
    })
  })

  it('are none where no grader scored, and those are not part of the mean', () => {
    const given = { scores: [[1, null, 0, null]], names: ['exact'], weights: [2], size: 4 }
    const { rewards, advantages } = advantagesOf(given, { scale_rewards: 'none', multi_objective_aggregation: 'sum_then_normalize' })
    expect(rewards).toEqual([2, NaN, 0, NaN])
    expect(advantages).toEqual([1, 0, -1, 0])
  })

  it('fall by up to 1 over the last tokens before the limit', () => {
    const penalties = overlong([3, 16, 18, 20, 20], [true, true, true, true, false], 20, 4)
    expect(penalties).toEqual([0, 0, -0.5, -1, null])
  })

  it('are the advantages themselves without a baseline', () => {
    const given = { scores: [[1, 0, 1, 1]], names: ['r'], weights: [2], size: 2 }
    const settings = { scale_rewards: 'none', multi_objective_aggregation: 'sum_then_normalize', baseline: 'none' } as const
    expect(advantagesOf(given, settings).advantages).toEqual([2, 0, 2, 2])
  })
})
