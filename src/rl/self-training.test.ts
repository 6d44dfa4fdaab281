import { describe, expect, it } from 'vitest'
import type { Row } from '../policy/policy'
import { fakeContext, runAll } from './context.fixture'
import type { StepReport } from './report'
import { self_training } from './self-training'

const small = { demonstrations: 6, questions: 4, num_generations: 8, keep: 3, max_completion_length: 22 }
const metric = (name: string, reports: StepReport[]) => reports.map(({ metrics }) => metrics[name]!)

/** A context that notes the rows which are learnt from, and what was sampled. */
async function watched(changes: Parameters<typeof fakeContext>[0] = {}) {
  const context = await fakeContext(changes)
  const { policy } = context
  const learnt: Row[][] = []
  const adapters: (string | undefined)[] = []
  const forward = policy.forward.bind(policy)
  policy.forward = (batch) => {
    learnt.push(batch.rows)
    return forward(batch)
  }
  const sample = policy.sample.bind(policy)
  policy.sample = (prompts, options, onTokens) => {
    adapters.push(options.adapter)
    return sample(prompts, options, onTokens)
  }
  return { context, learnt, adapters }
}

describe('offline self-training', () => {
  it('adds right answers of the start adapter, unlike each other and not too many, to the demonstrations', async () => {
    const { context, learnt, adapters } = await watched({ steps: 12 })
    const reports = await runAll(self_training, context, small)
    const { task, tokenizer, graders } = context
    const rows = metric('self_training/rows', reports)[0]!
    expect(new Set(adapters)).toEqual(new Set(['start']))
    expect(rows).toBe(6 + metric('self_training/kept', reports)[0]!)
    expect(rows).toBeLessThanOrEqual(6 + 6 * 3)
    const prompts = Array.from({ length: 6 }, (_, i) => tokenizer.prompt(task.prompt(task.example('train', i, context.seed))).join())
    for (const { prompt, completion } of learnt.flat()) {
      const i = prompts.indexOf(prompt.join())
      expect(i).toBeGreaterThanOrEqual(0)
      const { answer } = task.example('train', i, context.seed)
      expect(await graders[0]!.grade({ text: tokenizer.decode(completion), answer, finish: 'stop' })).toBe(1)
    }
    // every row once each time round, and each time in another order
    const [once, again] = [0, rows].map((from) => learnt.flat().slice(from, from + rows).map((row) => JSON.stringify(row))) as [string[], string[]]
    expect(again.toSorted()).toEqual(once.toSorted())
    expect(again).not.toEqual(once)
    expect(metric('questions', reports)).toEqual(Array<number>(12).fill(6))
    expect(new Set(metric('generated_tokens', reports)).size).toBe(1)
  })

  it('begins its fine-tuning with a new adapter once the start adapter has answered, or goes on from that', async () => {
    for (const from of ['new', 'start'] as const) {
      const { context, learnt, adapters } = await watched({ steps: 2 })
      const renewals: [sampled: number, learnt: number][] = []
      const renew = context.policy.renew.bind(context.policy)
      context.policy.renew = () => {
        renewals.push([adapters.length, learnt.length])
        return renew()
      }
      await runAll(self_training, context, { ...small, from })
      expect(renewals).toEqual(from === 'new' ? [[adapters.length, 0]] : [])
      expect(adapters.length).toBeGreaterThan(0)
    }
  })

  it('goes on after a resume as if there had been none', async () => {
    const whole = await runAll(self_training, (await watched({ steps: 4 })).context, small)
    const first = await fakeContext({ steps: 4 })
    const parsed = self_training.settings.parse(small)
    await self_training.prepare(first.policy, parsed)
    const steps = self_training.run(first, parsed)
    await steps.next()
    const { metrics } = (await steps.next()).value as StepReport
    const saved = await first.policy.save()
    const from = { step: 2, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions! }
    const second = await fakeContext({ steps: 4, from })
    await self_training.prepare(second.policy, parsed)
    await second.policy.load(saved)
    const rest: StepReport[] = []
    for await (const report of self_training.run(second, parsed)) rest.push(report)
    for (const name of ['loss', 'num_tokens', 'generated_tokens', 'questions']) expect(metric(name, rest)).toEqual(metric(name, whole).slice(2))
  })
})

describe('online self-training', () => {
  const online = { ...small, mode: 'online', num_generations: 2 }

  it('learns from right answers and from the demonstrations of their questions, half and half', async () => {
    const { context, learnt } = await watched({ steps: 3 })
    const slopes: number[][][] = []
    const backward = context.policy.backward.bind(context.policy)
    context.policy.backward = (id, slope) => {
      slopes.push(slope.logprob)
      return backward(id, slope)
    }
    const reports = await runAll(self_training, context, online)
    reports.forEach(({ metrics, groups }, i) => {
      const kept = metrics['self_training/kept']!
      expect(learnt[i]).toHaveLength(kept + 4)
      const weight = (rows: number[][]) => -rows.flat().reduce((a, b) => a + b, 0)
      if (kept > 0) expect(weight(slopes[i]!.slice(0, kept))).toBeCloseTo(0.5, 12)
      expect(weight(slopes[i]!.slice(kept))).toBeCloseTo(0.5, 12)
      expect(groups).toHaveLength(4)
      expect(metrics.reward).toBeCloseTo(groups.flatMap(({ completions }) => completions.map(({ reward }) => reward)).reduce((a, b) => a + b) / 8, 12)
    })
    expect(metric('self_training/kept', reports).some((kept) => kept > 0)).toBe(true)
  })

  it('makes right answers likelier', async () => {
    const reports = await runAll(self_training, await fakeContext({ steps: 15 }), { ...online, questions: 8, adam_beta2: 0.99, learning_rate: 3e-3 })
    const mean = (of: number[]) => of.reduce((a, b) => a + b) / of.length
    const rewards = metric('reward', reports)
    expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 4)) + 0.2)
  })
})
