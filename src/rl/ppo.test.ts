import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from './context.fixture'
import { draw } from './pool'
import { ppo } from './ppo'
import type { StepReport } from './report'

const settings = { questions: 12, num_ppo_epochs: 2, max_completion_length: 22, kl_coef: 0.01, vf_coef: 0.5, value_learning_rate: 0.05 }
const headed = (changes = {}) => fakeContext(changes, undefined, true)
const mean = (of: number[]) => of.reduce((a, b) => a + b) / of.length

describe('PPO', () => {
  it('makes the rewarded completions likelier, and learns what to expect', async () => {
    const reports = await runAll(ppo, await headed({ steps: 32 }), { ...settings, questions: 24, adam_beta2: 0.99 })
    const first = reports.filter(({ groups }) => groups.length > 0)
    const rewards = first.map(({ metrics }) => metrics.reward!)
    expect(first).toHaveLength(16)
    expect(mean(rewards.slice(0, 3))).toBeLessThan(0.5)
    expect(mean(rewards.slice(-3))).toBeGreaterThan(0.75)
    const values = first.map(({ metrics }) => metrics['loss/value_avg']!)
    expect(mean(values.slice(-3))).toBeLessThan(0.8 * values[0]!)
  })

  it('reports in TRL’s names beside the common ones', async () => {
    const [first, second] = await runAll(ppo, await headed({ steps: 2 }), settings)
    for (const name of ['objective/kl', 'objective/entropy', 'objective/scores', 'objective/rlhf_reward', 'objective/non_score_reward'])
      expect(first!.metrics, name).toHaveProperty([name])
    expect(first!.metrics).toMatchObject({ 'objective/kl': 0, 'val/ratio': 1, 'policy/clipfrac_avg': 0, questions: 12, learning_rate: 1e-3 })
    expect(first!.metrics['objective/scores']).toBe(first!.metrics.reward)
    expect(first!.metrics['sampling/sampling_logp_difference/max']!).toBeLessThan(1e-12)
    for (const { metrics } of [first!, second!])
      for (const name of ['loss', 'grad_norm', 'entropy', 'policy/approxkl_avg', 'loss/policy_avg', 'loss/value_avg', 'num_tokens', 'generated_tokens'])
        expect(metrics, name).toHaveProperty([name])
    expect(second!.metrics['val/ratio']).not.toBe(1)
    expect(first!.groups).toHaveLength(12)
    expect(second!).toMatchObject({ groups: [], resumable: true })
    expect(first!.resumable).toBe(false)
  })

  it('goes on after a batch exactly as if it had never stopped, in minibatches too', async () => {
    const config = { ...settings, num_mini_batches: 3, num_ppo_epochs: 1, train_questions: 20, lr_scheduler_type: 'linear' }
    const whole = await runAll(ppo, await headed({ steps: 9 }), config)
    const context = await headed({ steps: 9 })
    const parsed = ppo.settings.parse(config)
    await ppo.prepare(context.policy, parsed)
    const steps = ppo.run(context, parsed)
    for (let i = 0; i < 6; i++) await steps.next()
    const saved = await context.policy.save()
    const { metrics } = whole[5]!
    const from = { step: 6, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions! }
    const again = await headed({ steps: 9, from })
    await ppo.prepare(again.policy, parsed)
    await again.policy.load(saved)
    const rest: StepReport[] = []
    for await (const report of ppo.run(again, parsed)) rest.push(report)
    const timeless = (of: typeof rest) => of.map(({ metrics, ...report }) => ({ ...report, metrics: { ...metrics, step_time: 0 } }))
    expect(timeless(rest)).toEqual(timeless(whole.slice(6)))
    const middle = await headed({ steps: 9, from: { ...from, step: 5 } })
    await expect(runAll(ppo, middle, config)).rejects.toThrow('cannot go on after step 5, in the middle of 3 steps')
  })

  it('asks each question of a pool once before any comes again, in another order', async () => {
    const { task, seed } = await fakeContext()
    const asked = draw({ task, seed }, 5, 0, 15).map(({ answer }) => answer)
    const all = draw({ task, seed }, 0, 0, 5).map(({ answer }) => answer).sort()
    for (const round of [0, 1, 2]) expect(asked.slice(5 * round, 5 * round + 5).sort()).toEqual(all)
    expect(draw({ task, seed }, 5, 7, 4).map(({ answer }) => answer)).toEqual(draw({ task, seed }, 5, 0, 15).slice(7, 11).map(({ answer }) => answer))
  })

  it('refuses what it cannot do, in a sentence', async () => {
    await expect(runAll(ppo, await fakeContext(), settings)).rejects.toThrow('cannot be trained with a value head')
    expect(ppo.conflict(ppo.settings.parse({ questions: 6, num_mini_batches: 4 }))).toContain('does not divide the 6 completions')
    const context = await headed()
    context.graders = [{ name: 'silent', title: '', weight: 1, grade: () => null }]
    await expect(runAll(ppo, context, settings)).rejects.toThrow('no grader could score completion 0 of step 1')
  })
})
