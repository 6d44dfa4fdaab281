import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from './context.fixture'
import { algorithms } from './index'
import { regrade, type Comparing } from './regrade'
import type { StepReport } from './report'

const small = { questions: 2, num_generations: 4, max_completion_length: 22 }
const cases: [Comparing['name'], object][] = [
  ['grpo', small],
  ['grpo', { ...small, scale_rewards: 'batch' }],
  ['grpo', { ...small, scale_rewards: 'none', baseline: 'none' }],
  ['rloo', small],
  ['rloo', { ...small, beta: 0, normalize_advantages: true }],
  ['ppo', { ...small, missing_eos_penalty: 0.5 }],
  ['ppo', { ...small, convention: 'reft', whiten_rewards: true }],
]

const completions = ({ groups }: StepReport) => groups.flatMap((group) => group.completions)

/** The scores that a step had, as they come from its report. */
const scoresOf = (report: StepReport) =>
  ({ scores: [completions(report).map(({ scores }) => scores.exact!)], names: ['exact'], weights: [1], size: small.num_generations })

describe('a step that is graded anew', () => {
  it.each(cases)('has its own advantages with its own scores: %s %o', async (name, change) => {
    const settings = { name, ...algorithms[name].settings.parse(change) } as Comparing
    const context = await fakeContext({ steps: 2 }, undefined, name === 'ppo')
    const reports = await runAll(algorithms[name], context, algorithms[name].settings.parse(change))
    for (const report of reports.filter(({ groups }) => groups.length > 0)) {
      const all = completions(report)
      const again = regrade(settings, scoresOf(report), report.tokens, all.map(({ finish }) => finish === 'length'))
      expect(again.rewards).toEqual(all.map(({ reward }) => reward))
      again.advantages.forEach((advantage, i) => { expect(advantage).toBeCloseTo(all[i]!.advantage, 12) })
    }
  })

  it('has others with other scores, and says what it lacks', () => {
    const settings = { name: 'grpo', ...algorithms.grpo.settings.parse(small) } as Comparing
    const given = { scores: [[1, 0, 0, 0, 1, 1, 1, 1]], names: ['exact'], weights: [2], size: 4 }
    const { rewards, advantages } = regrade(settings, given, undefined, [])
    expect(rewards).toEqual([2, 0, 0, 0, 2, 2, 2, 2])
    expect(advantages.map(Math.sign)).toEqual([1, -1, -1, -1, 0, 0, 0, 0])
    const ppo = { name: 'ppo', ...algorithms.ppo.settings.parse(small) } as Comparing
    expect(() => regrade(ppo, given, undefined, [])).toThrow('no longer held')
  })
})
