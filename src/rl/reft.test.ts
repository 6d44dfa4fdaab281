import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from './context.fixture'
import { reft, warmUpSteps } from './reft'
import type { StepReport } from './report'
import { sft } from './sft'

const settings = { demonstrations: 12, sft_epochs: 2, sft_questions: 6, questions: 8, max_completion_length: 22, kl_coef: 0.1 }
const headed = (changes = {}) => fakeContext({ steps: 10, ...changes }, undefined, true)
const timeless = (reports: StepReport[]) => reports.map(({ metrics, ...of }) => ({ ...of, metrics: { ...metrics, step_time: 0 } }))

describe('ReFT', () => {
  it('warms up by imitation, then goes on by PPO near what that came to', async () => {
    const context = await headed()
    expect(warmUpSteps(reft.settings.parse(settings))).toBe(4)
    const reports = await runAll(reft, context, settings)
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(reports.map(({ metrics }) => metrics.phase)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
    expect(reports.map(({ groups }) => groups.length)).toEqual([0, 0, 0, 0, 8, 0, 8, 0, 8, 0])
    const [imitated, first, third] = [reports[3]!, reports[4]!, reports[6]!]
    expect(imitated.metrics).toMatchObject({ generated_tokens: 0, questions: 24 })
    expect(first.metrics.questions).toBe(32)
    expect(first.metrics.num_tokens!).toBeGreaterThan(imitated.metrics.num_tokens!)
    // the reference is the warmed-up policy: no KL in the first batch though the adapter has moved, and some in the next
    expect(first.metrics['objective/kl']).toBe(0)
    expect(third.metrics['objective/kl']).not.toBe(0)
    // and each phase has its own schedule: linear to the end of the warm-up, then PPO's from its top
    expect(reports.slice(0, 5).map(({ metrics }) => metrics.learning_rate!)).toEqual([1e-3, 7.5e-4, 5e-4, 2.5e-4, 1e-3])
  })

  it('is SFT, and then PPO with a fresh optimizer', async () => {
    const context = await headed()
    const restarts: boolean[] = []
    const step = context.policy.step.bind(context.policy)
    context.policy.step = (adamw) => (restarts.push(adamw.restart ?? false), step(adamw))
    const losses = (await runAll(reft, context, settings)).map(({ metrics }) => metrics.loss)
    expect(restarts).toEqual([false, false, false, false, true, false, false, false, false, false])
    const imitation = { questions: 6, demonstrations: 12, lr_scheduler_type: 'linear' }
    const imitated = await runAll(sft, await headed({ steps: 4 }), imitation)
    expect(imitated.map(({ metrics }) => metrics.loss)).toEqual(losses.slice(0, 4))
  })

  it.each([2, 4, 6])('goes on after step %i exactly as if it had never stopped', async (stop) => {
    const whole = await runAll(reft, await headed(), settings)
    const context = await headed()
    const parsed = reft.settings.parse(settings)
    const steps = reft.run(context, parsed)
    let last: StepReport | undefined
    for (let i = 0; i < stop; i++) last = (await steps.next()).value ?? undefined
    expect(last!.resumable).toBe(true)
    const { metrics } = last!
    const from = { step: stop, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions! }
    const again = await headed({ from })
    await reft.prepare(again.policy, parsed)
    await again.policy.load(await context.policy.save())
    const rest: StepReport[] = []
    for await (const report of reft.run(again, parsed)) rest.push(report)
    expect(timeless(rest)).toEqual(timeless(whole.slice(stop)))
  })

  it('ends in its warm-up where the run is no longer, and refuses a policy without a head', async () => {
    expect(await runAll(reft, await headed({ steps: 3 }), settings)).toHaveLength(3)
    await expect(runAll(reft, await fakeContext(), settings)).rejects.toThrow('cannot be trained with a value head')
    expect(reft.conflict(reft.settings.parse({ questions: 6, num_mini_batches: 4 }))).toContain('does not divide the 6 completions')
    for (const preset of reft.presets!) expect(reft.conflict(reft.settings.parse(preset.settings))).toBeUndefined()
  })
})
