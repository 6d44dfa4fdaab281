import { describe, expect, it } from 'vitest'
import type { StepReport } from '../rl/report'
import { notice } from './notices'

const three = (metrics: Record<string, number>): StepReport[] =>
  [1, 2, 3].map((step) => {
    const all = { grad_norm: 0.2, frac_reward_zero_std: 0.25, reward: 0.4, ...metrics }
    return { step, metrics: all, groups: [], resumable: true }
  })

describe('notices', () => {
  it('is silent while all is well or unknown', () => {
    expect(notice([])).toBeUndefined()
    expect(notice(three({}))).toBeUndefined()
  })

  it('names truncation, silent groups and a zero gradient', () => {
    expect(notice(three({ 'completions/clipped_ratio': 0.9, reward: 0 }))).toContain('90 % of the completions are cut off')
    expect(notice(three({ frac_reward_zero_std: 1, reward: 1 }))).toContain('Every answer is right')
    expect(notice(three({ frac_reward_zero_std: 1, reward: 0 }))).toContain('make the task easier')
    expect(notice(three({ grad_norm: 0 }))).toContain('exactly zero')
  })

  it('says why completions could not be graded', () => {
    const [report] = three({ 'graders/python/errors': 3, 'graders/python/timeout': 3 })
    expect(notice([{ ...report!, trouble: 'python: stopped after 1 s' }])).toBe(
      '3 completions of this step could not be graded and got 0. The last of them: python: stopped after 1 s',
    )
  })

  it('waits for three steps before it judges groups', () => {
    expect(notice(three({ frac_reward_zero_std: 1 }).slice(0, 2))).toBeUndefined()
  })
})
