import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from './context.fixture'
import type { StepReport } from './report'
import { reward_model } from './reward-model'

const settings = {
  train_questions: 10,
  eval_questions: 6,
  eval_every: 3,
  num_generations: 4,
  questions: 8,
  max_completion_length: 12,
  value_learning_rate: 0.1,
}
/** The fake's value head sees the last token only: right is what it can tell by that. */
const endsWell = { name: 'ended', title: '', weight: 1, grade: ({ finish }: { finish: string }) => Number(finish === 'stop') }
const headed = (changes = {}) => fakeContext({ steps: 9, graders: [endsWell], ...changes }, undefined, true)

describe('the reward model', () => {
  it('learns to tell right completions from wrong ones, and says how well it does on held-out questions', async () => {
    const context = await headed({ steps: 30 })
    const reports = await runAll(reward_model, context, { ...settings, max_completion_length: 20 })
    const measured = reports.filter(({ metrics }) => 'eval_accuracy' in metrics)
    expect(measured.map(({ step }) => step)).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30])
    expect(reports[0]!.metrics.loss).toBeCloseTo(Math.log(2), 12)
    expect(measured.at(-1)!.metrics.eval_accuracy).toBe(1)
    expect(measured.at(-1)!.metrics.eval_pairs_in_order).toBe(1)
    expect(measured.at(-1)!.metrics.eval_loss!).toBeLessThan(measured[0]!.metrics.eval_loss!)
    expect(reports[0]!.metrics.generated_tokens!).toBeGreaterThan(0)
    expect(reports.at(-1)!.metrics.generated_tokens).toBe(reports[0]!.metrics.generated_tokens)
  })

  it('goes on exactly as if it had never stopped, on the same samples', async () => {
    const whole = await runAll(reward_model, await headed(), settings)
    const context = await headed()
    const parsed = reward_model.settings.parse(settings)
    await reward_model.prepare(context.policy, parsed)
    const steps = reward_model.run(context, parsed)
    for (let i = 0; i < 4; i++) await steps.next()
    const { metrics } = whole[3]!
    const from = { step: 4, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions! }
    const again = await headed({ from })
    await reward_model.prepare(again.policy, parsed)
    await again.policy.load(await context.policy.save())
    const rest: StepReport[] = []
    for await (const report of reward_model.run(again, parsed)) rest.push(report)
    const timeless = (reports: StepReport[]) => reports.map(({ metrics, ...of }) => ({ ...of, metrics: { ...metrics, step_time: 0 } }))
    expect(timeless(rest)).toEqual(timeless(whole.slice(4)))
  })

  it('refuses what it cannot learn from', async () => {
    const silent = { name: 'silent', title: '', weight: 1, grade: () => null }
    await expect(runAll(reward_model, await headed({ graders: [silent] }), settings)).rejects.toThrow('no grader could label any')
    await expect(runAll(reward_model, await fakeContext(), settings)).rejects.toThrow('cannot be trained with a value head')
  })
})
