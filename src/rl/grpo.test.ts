import { describe, expect, it } from 'vitest'
import type { AdamW, Policy, SampleOptions } from '../policy/policy'
import type { LiveGroup } from './algorithm'
import { fakeContext, runAll } from './context.fixture'
import { grpo } from './grpo'

const settings = { questions: 3, num_generations: 4, max_completion_length: 22, temperature: 1 }
const metrics = (name: string, reports: { metrics: Record<string, number> }[]) => reports.map((report) => report.metrics[name]!)

/** The policy with some of its methods replaced. */
const changed = (policy: Policy, changes: Partial<Policy>): Policy =>
  new Proxy(policy, {
    get: (target, key) => {
      const of = (key in changes ? changes : target) as Record<PropertyKey, unknown>
      const value = of[key]
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(of) : value
    },
  })

describe('GRPO', () => {
  it('makes the rewarded completions likelier', async () => {
    const context = await fakeContext({ steps: 25 })
    const reports = await runAll(grpo, context, { questions: 4, num_generations: 8, max_completion_length: 22, adam_beta2: 0.99 })
    const rewards = metrics('reward', reports)
    const mean = (of: number[]) => of.reduce((a, b) => a + b) / of.length
    expect(mean(rewards.slice(0, 3))).toBeLessThan(0.45)
    expect(mean(rewards.slice(-3))).toBeGreaterThan(0.75)
    expect(metrics('step', reports.map(({ step }) => ({ metrics: { step } })))).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
    expect(Math.max(...metrics('sampling/sampling_logp_difference/max', reports))).toBeLessThan(1e-12)
  })

  it('reports the rollouts: texts, scores, advantages, counts of tokens', async () => {
    const [first, second] = await runAll(grpo, await fakeContext({ steps: 2 }), settings)
    const { groups } = first!
    expect(groups).toHaveLength(3)
    for (const { prompt, solution, answer, completions } of groups) {
      expect(solution.endsWith(`<ans> ${answer}`)).toBe(true)
      expect(prompt).toMatch(/^<q> a\+\d .* <last> _00 <think>$/)
      expect(solution).toMatch(/<ans> [de]\d\d$/)
      expect(completions).toHaveLength(4)
      expect(Math.abs(completions.reduce((sum, { advantage }) => sum + advantage, 0))).toBeLessThan(1e-9)
      for (const { text, pieces, scores, reward } of completions) {
        expect(pieces.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
        expect(scores.exact).toBe(reward)
      }
    }
    const tokens = groups.flatMap(({ completions }) => completions.map(({ pieces }) => pieces.length)).reduce((a, b) => a + b)
    expect(first!.metrics.generated_tokens).toBe(tokens)
    expect(first!.metrics['completions/mean_length']).toBeCloseTo(tokens / 12, 12)
    expect(second!.metrics.num_tokens!).toBeGreaterThan(second!.metrics.generated_tokens! + 12 * 15)
  })

  it('gives the same reports for the same seed, others for another', async () => {
    const run = async (seed: number) =>
      (await runAll(grpo, await fakeContext({ seed }), settings)).map(({ metrics, ...rest }) => ({ ...rest, ...metrics, step_time: 0 }))
    const first = await run(3)
    expect(await run(3)).toEqual(first)
    expect(await run(4)).not.toEqual(first)
  })

  it('gives the same steps whether rows go through the model at once or in pieces', async () => {
    const losses = async (loss_type: string, pieces: number) => {
      const reports = await runAll(grpo, await fakeContext(), { ...settings, loss_type, gradient_accumulation_steps: pieces })
      return metrics('loss', reports).concat(metrics('grad_norm', reports))
    }
    for (const type of ['grpo', 'dapo', 'dr_grpo']) {
      const whole = await losses(type, 1)
      ;(await losses(type, 4)).forEach((x, i) => expect(x).toBeCloseTo(whole[i]!, 9))
    }
  })

  it('uses each batch of rollouts µ times, and can be resumed between two batches only', async () => {
    const reports = await runAll(grpo, await fakeContext({ steps: 5 }), { ...settings, num_iterations: 2, learning_rate: 0.02 })
    expect(reports.map(({ groups }) => groups.length)).toEqual([3, 0, 3, 0, 3])
    expect(reports.map(({ resumable }) => resumable)).toEqual([false, true, false, true, false])
    expect(metrics('clip_ratio/region_mean', reports)[0]).toBe(0)
    expect(metrics('clip_ratio/region_mean', reports)[1]).toBeGreaterThan(0)
    expect(metrics('generated_tokens', reports)[1]).toBe(metrics('generated_tokens', reports)[0])
    const wrong = await fakeContext({ from: { step: 1, numTokens: 0, generatedTokens: 0, questions: 4 } })
    await expect(runAll(grpo, wrong, { ...settings, num_iterations: 2 })).rejects.toThrow('cannot go on after step 1')
  })

  it('samples as its settings say', async () => {
    const context = await fakeContext({ steps: 1 })
    const asked: SampleOptions[] = []
    const sample = context.policy.sample.bind(context.policy)
    context.policy.sample = (prompts, options, onTokens) => {
      asked.push(options)
      return sample(prompts, options, onTokens)
    }
    await runAll(grpo, context, { ...settings, temperature: 0.7, top_p: 0.9, top_k: 5, min_p: 0.02 })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ temperature: 0.7, topP: 0.9, topK: 5, minP: 0.02 })
  })

  it('measures the KL to the bare model, or to the adapter at the start', async () => {
    const trained = await fakeContext({ steps: 3 })
    await runAll(grpo, trained, { ...settings, learning_rate: 0.01 })
    const start = await trained.policy.save()
    for (const reference of ['off', 'start']) {
      const context = await fakeContext({ steps: 2 })
      await context.policy.load(start)
      const kl = metrics('kl', await runAll(grpo, context, { ...settings, learning_rate: 0.01, beta: 0.1, reference }))
      if (reference === 'start') expect(kl[0]).toBe(0)
      else expect(kl[0]).toBeGreaterThan(1e-4)
      expect(kl[1]).toBeGreaterThan(1e-6)
    }
  })

  it('keeps completions that the limit cut out of the loss when it is told to', async () => {
    const context = await fakeContext({ steps: 1 })
    const reports = await runAll(grpo, context, { ...settings, max_completion_length: 4, mask_truncated_completions: true })
    expect(reports[0]!.metrics).toMatchObject({ 'completions/clipped_ratio': 1, loss: 0, grad_norm: 0 })
    expect(reports[0]!.metrics).not.toHaveProperty('completions/mean_terminated_length')
  })

  it('hands the optimizer its settings', async () => {
    const context = await fakeContext({ steps: 4 })
    const seen: AdamW[] = []
    context.policy = changed(context.policy, {
      step: (adamw) => {
        seen.push(adamw)
        return Promise.resolve({ gradNorm: 1 })
      },
    })
    await runAll(grpo, context, { ...settings, lr_scheduler_type: 'linear', learning_rate: 1, adam_beta2: 0.5, max_grad_norm: 0.1 })
    expect(seen.map(({ learningRate }) => learningRate)).toEqual([1, 0.75, 0.5, 0.25])
    expect(seen[0]).toMatchObject({ beta1: 0.9, beta2: 0.5, maxGradNorm: 0.1 })
  })

  it('shows completions while they grow', async () => {
    const seen: LiveGroup[] = []
    const context = await fakeContext({ steps: 1, onGroup: (group) => seen.push(group) })
    const [report] = await runAll(grpo, context, settings)
    expect(seen[0]).toMatchObject({ step: 1, question: 0, questions: 3 })
    const last = seen.findLast(({ question }) => question === 2)!
    expect(last.completions).toEqual(report!.groups[2]!.completions.map(({ pieces }) => pieces))
    expect(last.prompt).toBe(report!.groups[2]!.prompt)
  })

  it('stops when the signal aborts, before anything is applied', async () => {
    const stopper = new AbortController()
    const context = await fakeContext({ signal: stopper.signal, onGroup: () => stopper.abort() })
    const before = await context.policy.save()
    await expect(runAll(grpo, context, settings)).rejects.toMatchObject({ name: 'AbortError' })
    expect(await context.policy.save()).toEqual(before)
  })

  it('stops at a loss that is no number, before anything is applied', async () => {
    const context = await fakeContext()
    const { policy } = context
    const before = await policy.save()
    context.policy = changed(policy, {
      forward: async (batch) => {
        const forward = await policy.forward(batch)
        return { ...forward, logprob: forward.logprob.map((row) => row.map(() => NaN)) }
      },
    })
    await expect(runAll(grpo, context, settings)).rejects.toThrow('the loss of step 1 is NaN; go on from the last checkpoint')
    expect(await policy.save()).toEqual(before)
    context.policy = changed(policy, { step: () => Promise.resolve({ gradNorm: Infinity }) })
    await expect(runAll(grpo, context, settings)).rejects.toThrow("the gradient’s norm of step 1 is Infinity")
  })

  it('refuses what cannot be', async () => {
    const parsed = grpo.settings.parse({ ...settings, gradient_accumulation_steps: 5 })
    expect(grpo.conflict(parsed)).toContain('does not divide the 12 rows')
    const context = await fakeContext()
    await expect(runAll(grpo, context, { ...settings, max_completion_length: 160 })).rejects.toThrow('exceed the model')
    const info = (can: object) => ({ ...context.policy.info, can: { ...context.policy.info.can, ...can } })
    const frozen = { ...context, policy: changed(context.policy, { info: info({ train: false }) }) }
    await expect(runAll(grpo, frozen, settings)).rejects.toThrow('fake cannot be trained here')
    const plain = { ...context, policy: changed(context.policy, { info: info({ snapshots: false }) }) }
    await expect(runAll(grpo, plain, { ...settings, beta: 0.1, reference: 'start' })).rejects.toThrow('keeps no snapshots')
  })
})
