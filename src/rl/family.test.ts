import { describe, expect, it } from 'vitest'
import type { Algorithm, LiveGroup } from './algorithm'
import { fakeContext, runAll } from './context.fixture'
import { grpo } from './grpo'
import { LOSS_TYPES } from './math/losses'
import type { StepReport } from './report'
import { rloo } from './rloo'

const small = { questions: 4, num_generations: 4, max_completion_length: 22, adam_beta2: 0.99 }
const mean = (of: number[]) => of.reduce((a, b) => a + b, 0) / of.length
const metric = (name: string, reports: StepReport[]) => reports.map(({ metrics }) => metrics[name]!)

/** A context whose policy takes a slope of the entropy, and notes it. */
async function entropic(changes: Parameters<typeof fakeContext>[0] = {}) {
  const context = await fakeContext(changes)
  const { policy } = context
  const slopes: number[][][] = []
  policy.info.can.entropySlope = true
  const backward = policy.backward.bind(policy)
  policy.backward = (id, { logprob, entropy }) => {
    if (entropy) slopes.push(entropy)
    return backward(id, { logprob })
  }
  return { context, slopes }
}

describe('the GRPO family', () => {
  it.each([...(grpo.presets ?? [])])('$name: its preset is a valid choice and trains', async ({ note, settings }) => {
    expect(note).toMatch(/^[A-Z][^\n]*\.$/)
    const parsed = grpo.settings.parse({ ...small, ...settings })
    expect(grpo.conflict(parsed)).toBeUndefined()
    const reports = await runAll(grpo, await fakeContext({ steps: 2 }), { ...small, ...settings })
    expect(metric('grad_norm', reports).every((norm) => norm > 0)).toBe(true)
    expect(reports.every(({ metrics }) => Object.values(metrics).every(Number.isFinite))).toBe(true)
  })

  it.each(LOSS_TYPES)('%s makes rewarded completions likelier', async (loss_type) => {
    const level = loss_type === 'luspo' ? 'sequence' : 'token'
    const more = loss_type === 'cispo' ? { epsilon_high: 5 } : {}
    const settings = { ...small, num_generations: 8, loss_type, importance_sampling_level: level, learning_rate: 2e-3, ...more }
    const rewards = metric('reward', await runAll(grpo, await fakeContext({ steps: 12 }), settings))
    expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 3)) + 0.15)
  })

  it('names its metrics as TRL does', async () => {
    const keys = async (settings: object) => Object.keys((await runAll(grpo, await fakeContext({ steps: 1 }), { ...small, ...settings }))[0]!.metrics)
    const trl = ['loss', 'grad_norm', 'learning_rate', 'reward', 'reward_std', 'frac_reward_zero_std', 'entropy', 'num_tokens', 'step_time']
    expect(await keys({ beta: 0.1 })).toEqual(expect.arrayContaining([...trl, 'kl', 'clip_ratio/region_mean', 'sampling/importance_sampling_ratio/mean']))
    expect(await keys({ loss_type: 'cispo' })).toContain('cispo_clip_ratio')
    expect(await keys({ loss_type: 'vespo' })).toContain('vespo/phi_seq_mean')
    expect(await keys({})).toEqual(expect.arrayContaining(['by_group/frac_mixed', 'by_group/frac_all_good', 'by_group/frac_all_bad']))
  })

  it('corrects for a sampler that is not the trainer', async () => {
    const context = await fakeContext({ steps: 1 })
    const sample = context.policy.sample.bind(context.policy)
    context.policy.sample = async (...given) => {
      const groups = await sample(...given)
      return groups.map((group) => group.map((one) => ({ ...one, logprobs: one.logprobs.map((lp) => lp - 0.5) })))
    }
    const ratio = async (importance_sampling_correction: string) => {
      const [report] = await runAll(grpo, context, { ...small, importance_sampling_correction, importance_sampling_clip_max: 1.2 })
      return [report!.metrics['sampling/importance_sampling_ratio/mean'], report!.metrics.grad_norm]
    }
    expect((await ratio('token_truncate'))[0]).toBeCloseTo(1.2, 9)
    expect(await ratio('sequence_mask')).toEqual([0, 0])
  })

  it.each([
    [{ delta: 2, loss_type: 'cispo' }, 'delta is 2, but loss_type “cispo” does not clip'],
    [{ importance_sampling_level: 'sequence', loss_type: 'vespo' }, 'importance_sampling_level is “sequence”, which does nothing'],
    [{ importance_sampling_correction: 'sequence_mask', loss_type: 'vespo' }, 'vespo needs it token by token'],
    [{ importance_sampling_clip_min: 3 }, 'no ratio is left between them'],
    [{ entropy_coef_min: 2 }, 'entropy_coef_min (2) is above entropy_coef_max (1)'],
    [{ baseline: 'none', multi_objective_aggregation: 'normalize_then_sum' }, 'always takes the group’s mean'],
    [{ overlong_cache_length: 30 }, 'overlong_cache_length (30) is more than max_completion_length (22)'],
    [{ gradient_accumulation_steps: 3 }, 'does not divide the 16 rows'],
  ])('refuses %o in one sentence', (settings, sentence) => {
    expect(grpo.conflict(grpo.settings.parse({ ...small, ...settings }))).toContain(sentence)
  })
})

describe('the entropy bonus', () => {
  it('is refused by a policy that takes no slope of the entropy', async () =>
    expect(runAll(grpo, await fakeContext(), { ...small, entropy_coef: 0.01 })).rejects.toThrow('takes no slope of the entropy'))

  it('follows its target, and goes on after a resume as if there had been none', async () => {
    const settings = { ...small, use_adaptive_entropy: true, entropy_coef: 0.01, entropy_coef_delta: 0.004, entropy_target: 10 }
    const whole = await entropic({ steps: 4 })
    const reports = await runAll(grpo, whole.context, settings)
    expect(metric('entropy_coef', reports).map((x) => Number(x.toFixed(4)))).toEqual([0.014, 0.018, 0.022, 0.026])
    expect(whole.slopes).toHaveLength(3) // none in the first step, before any entropy is known
    expect(reports[3]!.metrics.policy_loss! - reports[3]!.metrics.loss!).toBeCloseTo(0.022 * reports[3]!.metrics.entropy!, 9)

    const first = await entropic({ steps: 4 })
    const parsed = grpo.settings.parse(settings)
    const steps = grpo.run(first.context, parsed)
    await steps.next()
    const { value } = await steps.next()
    const saved = await first.context.policy.save()
    const { step, metrics, state } = value as StepReport
    const from = { step, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions!, state }
    const second = await entropic({ steps: 4, from: JSON.parse(JSON.stringify(from)) as typeof from })
    await second.context.policy.load(saved)
    const rest = await runAll(grpo, second.context, settings)
    expect(metric('loss', rest)).toEqual(metric('loss', reports).slice(2))
    expect(metric('entropy_coef', rest)).toEqual(metric('entropy_coef', reports).slice(2))
  })
})

describe('dynamic sampling', () => {
  /** Graders that judge by the number of the question: even ones silent, odd ones mixed, or all of them silent. */
  const judged = async (mixed: (question: number) => boolean, changes: Parameters<typeof fakeContext>[0] = {}) => {
    const asked: number[] = []
    const context = await fakeContext({ steps: 2, ...changes })
    const { task } = context
    context.task = {
      ...task,
      example: (split, i, seed) => {
        if (split === 'train') asked.push(i)
        return { ...task.example(split, i, seed), item: { i } }
      },
    }
    let turn = 0
    context.graders = [{ name: 'judge', title: '', weight: 1, grade: ({ item }) => (mixed(Number(item!.i)) ? turn++ % 2 : 1) }]
    return { context, asked }
  }

  it('asks fresh questions in place of silent ones, each question once, and counts all of it', async () => {
    const { context, asked } = await judged((i) => i % 2 === 1)
    const live: LiveGroup[] = []
    context.onGroup = (group) => live.push(group)
    const reports = await runAll(grpo, context, { ...small, max_resamples: 10 })
    expect(asked).toEqual(asked.map((_, i) => i))
    expect(reports[0]!.metrics).toMatchObject({ frac_reward_zero_std: 0, reward: 0.5, 'by_group/frac_all_bad': 0 })
    expect(reports[0]!.metrics['dynamic_sampling/dropped_groups']).toBe(reports[0]!.metrics.questions! - 4)
    expect(reports[0]!.metrics['dynamic_sampling/reward']).toBeGreaterThan(0.6)
    expect(reports[1]!.metrics.questions).toBe(asked.length)
    const kept = reports[0]!.groups.flatMap(({ completions }) => completions.map(({ pieces }) => pieces.length)).reduce((a, b) => a + b)
    expect(reports[0]!.metrics.generated_tokens).toBeGreaterThan(kept)
    expect(new Set(live.map(({ question }) => question))).toEqual(new Set([0, 1, 2, 3]))
    expect(live.every(({ questions }) => questions === 4)).toBe(true)
  })

  it('is bounded: what is still silent then stays', async () => {
    const { context, asked } = await judged(() => false)
    const reports = await runAll(grpo, context, { ...small, max_resamples: 3 })
    expect(reports[0]!.metrics).toMatchObject({ 'dynamic_sampling/attempts': 3, 'dynamic_sampling/dropped_groups': 12, questions: 16 })
    expect(reports[0]!.metrics).toMatchObject({ grad_norm: 0, frac_reward_zero_std: 1, 'by_group/frac_all_good': 1 })
    expect(asked).toHaveLength(32)
  })

  it('draws its completions anew: no two calls of a step share a key', async () => {
    const { context } = await judged(() => false)
    const keys: string[] = []
    const sample = context.policy.sample.bind(context.policy)
    context.policy.sample = (prompts, options, onTokens) => {
      prompts.forEach((_, p) => keys.push(JSON.stringify([options.key.step, options.key.attempt, (options.key.prompt ?? 0) + p])))
      return sample(prompts, options, onTokens)
    }
    await runAll(grpo, context, { ...small, max_resamples: 2 })
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('goes on with questions that were not asked before the resume', async () => {
    const { context, asked } = await judged((i) => i % 2 === 1, { from: { step: 1, numTokens: 0, generatedTokens: 0, questions: 37 } })
    await runAll(grpo, context, { ...small, max_resamples: 2 })
    expect(asked[0]).toBe(37)
  })
})

describe('the penalty of long completions', () => {
  it('is part of the reward, and of what a completion shows', async () => {
    const settings = { ...small, max_completion_length: 16, overlong_cache_length: 8, overlong_penalty: 0.5 }
    const [report] = await runAll(grpo, await fakeContext({ steps: 1 }), settings)
    for (const { pieces, scores, reward } of report!.groups.flatMap(({ completions }) => completions)) {
      expect(scores.overlong).toBeCloseTo(Math.min(0, (8 - pieces.length) / 8), 12)
      expect(reward).toBeCloseTo(scores.exact! + 0.5 * scores.overlong!, 12)
    }
    expect(report!.metrics['rewards/overlong/mean']).toBeLessThan(0)
  })
})

describe('RLOO', () => {
  const run = async (settings: object, steps = 2, algorithm: Algorithm = rloo) => runAll(algorithm, await fakeContext({ steps }), { ...small, ...settings })

  it('makes rewarded completions likelier', async () => {
    const rewards = metric('reward', await run({ num_generations: 8, learning_rate: 2e-3 }, 12))
    expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 3)) + 0.15)
  })

  it('compares each completion with the others of its group, and takes the KL from the reward', async () => {
    const [plain, later] = await run({ beta: 0 })
    for (const { completions } of plain!.groups)
      completions.forEach(({ reward, advantage }, i) => {
        const others = completions.filter((_, j) => j !== i).map((of) => of.reward)
        expect(advantage).toBeCloseTo(reward - mean(others), 12)
      })
    expect(plain!.metrics).not.toHaveProperty('kl')
    const held = await run({ beta: 1, learning_rate: 0.02 })
    expect(held[0]!.metrics.kl).toBeCloseTo(0, 12) // nothing has moved yet
    expect(Math.abs(held[1]!.metrics.kl!)).toBeGreaterThan(1e-4)
    expect(later!.metrics.questions).toBe(8)
  })

  it('refuses what cannot be', () => {
    const conflict = (settings: object) => rloo.conflict(rloo.settings.parse({ ...small, ...settings }))
    expect(conflict({ reward_clip_range: [1, 0] })).toContain('reward_clip_range is [1, 0]')
    expect(conflict({ gradient_accumulation_steps: 3 })).toContain('does not divide the 16 rows')
  })
})
