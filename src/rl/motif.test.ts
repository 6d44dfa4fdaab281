import { describe, expect, it } from 'vitest'
import type { Completion, SampleKey, SampleOptions, Slope, Tokens } from '../policy/policy'
import { askAll, fakeContext, runAll } from './context.fixture'
import { motif } from './motif'
import type { LiveGroup } from './algorithm'

const call = (prompts: Tokens[], options: SampleOptions) => ({ prompts, options })

/** The fake policy, with a record of what is asked of it. */
async function watched(changes: Parameters<typeof fakeContext>[0] = {}, answer?: (text: string, key: SampleKey, p: number, s: number) => string) {
  const calls: ReturnType<typeof call>[] = []
  const slopes: { rows: { prompt: Tokens; completion: Tokens }[]; slope: Slope }[] = []
  const context = await fakeContext({ steps: 1, ...changes })
  const { policy, tokenizer } = context
  const sample = policy.sample.bind(policy)
  policy.sample = async (prompts, options, onTokens) => {
    calls.push(call(prompts, options))
    if (!answer) return sample(prompts, options, onTokens)
    return prompts.map((prompt, p) =>
      Array.from({ length: options.n }, (_, s): Completion => {
        const tokens = tokenizer.completion(answer(tokenizer.decode(prompt), options.key, p, s), policy.info.eos)
        return { tokens, logprobs: tokens.map(() => -1), finish: 'stop' }
      }),
    )
  }
  let rows: { prompt: Tokens; completion: Tokens }[] = []
  const forward = policy.forward.bind(policy)
  policy.forward = (batch) => {
    rows = batch.rows
    return forward(batch)
  }
  const backward = policy.backward.bind(policy)
  policy.backward = (id, slope) => {
    slopes.push({ rows, slope })
    return backward(id, slope)
  }
  return { context, calls, slopes }
}

const small = { questions: 1, max_completion_length: 22 }

describe('MOTIF', () => {
  it('samples 8 + 32 + 32 completions of a question for m = 8, k = 4, n = 3, each round from the last note alone', async () => {
    const { context, calls } = await watched()
    const [report] = await runAll(motif, context, small)
    expect(calls.map(({ prompts, options }) => prompts.length * options.n)).toEqual([8, 32, 32])
    expect(calls.map(({ options }) => [options.temperature, options.topP])).toEqual([[1, undefined], [0.8, 0.95], [0.8, 0.95]])
    const [{ completions, prompt }] = report!.groups as [(typeof report & {})['groups'][0]]
    expect(prompt).toContain('<prog> _00 <think>')
    expect(completions).toHaveLength(8)
    for (const { note, trajectories } of completions) {
      expect(trajectories).toHaveLength(4)
      for (const { rounds } of trajectories!) {
        expect(rounds.map(({ prompt }) => prompt)).toEqual([
          prompt.replace('_00', note!),
          prompt.replace('<prog> _00', `<last> ${rounds[0]!.note}`),
        ])
      }
    }
    expect(report!.metrics.generated_tokens).toBeGreaterThan(report!.metrics['completions/mean_length']! * 8)
  })

  /** Round 1 hands over a right or a wrong note; in the last round response i is right in `wins[i]` of its 4 trajectories. */
  const wins = [0, 1, 2, 3, 4, 4, 2, 0]
  const scripted = (answers: { right: string; unparsed: number[] }) => (text: string, { round }: SampleKey, p: number, s: number) => {
    if (round === 0) return answers.unparsed.includes(s) ? 'a05 b' : 'a05 b03 </think><ans> b03'
    if (round === 1) return 'c06 </think><ans> c06'
    const [response, way] = [Math.floor(p / 4), p % 4]
    expect(text).toContain('c06')
    return way < wins[response]! ? `d09 </think><ans> ${answers.right}` : 'd09 </think><ans> d99'
  }

  it('rewards a response by its format and by the mean of its futures, and compares it with its group', async () => {
    const example = (await fakeContext()).task.example('train', 0, 3)
    const { context, slopes } = await watched({}, scripted({ right: example.answer, unparsed: [7] }))
    const [report] = await runAll(motif, context, { ...small, format_weight: 0.1 })
    // by hand: 0 ¼ ½ ¾ 1 1 ½ 0, and .1 for all but the last, which leaves no note
    const rewards = [0.1, 0.35, 0.6, 0.85, 1.1, 1.1, 0.6, 0]
    const completions = report!.groups[0]!.completions
    completions.forEach(({ reward }, i) => expect(reward).toBeCloseTo(rewards[i]!, 12))
    expect(completions.map(({ trajectories }) => trajectories!.filter(({ success }) => success === 1).length)).toEqual(wins)
    expect(completions[7]).toMatchObject({ note: '_00', left: false })
    expect(completions[0]).toMatchObject({ note: 'b03', left: true })
    // mean 4.7 / 8 = .5875; Σ (r − mean)² = 3.995 − 8 · .5875² = 1.23375, and the std is unbiased
    const advantages = rewards.map((r) => (r - 0.5875) / (Math.sqrt(1.23375 / 7) + 1e-4))
    completions.forEach(({ advantage }, i) => expect(advantage).toBeCloseTo(advantages[i]!, 9))
    expect(report!.metrics).toMatchObject({ 'rewards/first_round_format/mean': 7 / 8, frac_reward_zero_std: 0 })
    expect(report!.metrics['rewards/exact/mean']).toBeCloseTo(0.5, 12)
    // only first-round tokens have a slope: eight rows, the responses, with −A/T each (dapo)
    expect(slopes).toHaveLength(1)
    const [{ rows, slope }] = slopes as [(typeof slopes)[0]]
    expect(rows.map(({ completion }) => context.tokenizer.decode(completion))).toEqual(completions.map(({ text }) => text))
    const tokens = rows.reduce((sum, { completion }) => sum + completion.length, 0)
    slope.logprob.forEach((row, i) => row.forEach((x) => expect(x).toBeCloseTo(-advantages[i]! / tokens, 9)))
  })

  it('has five levels of accuracy for k = 4 and is silent where all futures agree', async () => {
    const example = (await fakeContext()).task.example('train', 0, 3)
    const { context } = await watched({}, scripted({ right: example.answer, unparsed: [] }))
    const [report] = await runAll(motif, context, { ...small, format_weight: 0 })
    expect([...new Set(report!.groups[0]!.completions.map(({ reward }) => reward))].sort()).toEqual([0, 0.25, 0.5, 0.75, 1])
    const silent = await watched({}, () => 'a05 </think><ans> a05')
    const [quiet] = await runAll(motif, silent.context, small)
    expect(quiet!.metrics.frac_reward_zero_std).toBe(1)
    expect(quiet!.metrics.grad_norm).toBeCloseTo(0, 9)
  })

  it('trains every round by the advantage of the trajectory where the settings say so', async () => {
    const example = (await fakeContext()).task.example('train', 0, 3)
    const { context, slopes } = await watched({}, scripted({ right: example.answer, unparsed: [] }))
    const all = { ...small, train_rounds: 'every', later_temperature: 1, format_weight: 0 }
    const [report] = await runAll(motif, context, all)
    const [{ rows, slope }] = slopes as [(typeof slopes)[0]]
    expect(rows).toHaveLength(8 + 64)
    // 16 of 32 trajectories are right: mean ½, unbiased std √(32 · ¼ / 31)
    const right = 0.5 / (Math.sqrt(8 / 31) + 1e-4)
    report!.groups[0]!.completions.forEach(({ advantage, trajectories }, i) => {
      trajectories!.forEach(({ advantage }, j) => expect(advantage).toBeCloseTo(j < wins[i]! ? right : -right, 9))
      expect(advantage).toBeCloseTo((right * (2 * wins[i]! - 4)) / 4, 9)
    })
    const tokens = rows.reduce((sum, { completion }) => sum + completion.length, 0)
    expect(slope.logprob[8]![0]).toBeCloseTo(right / tokens, 9) // the first response never wins
    expect(motif.conflict(motif.settings.parse({ train_rounds: 'every' }))).toContain('later_temperature (0.8) must be temperature (1)')
    expect(motif.conflict(motif.settings.parse({ ...all, later_policy: 'base' }))).toContain('must play later rounds')
  })

  it('gives no two streams of a step the same random key, over three questions and all rounds', async () => {
    const { context, calls } = await watched({ steps: 2 })
    await runAll(motif, context, { ...small, questions: 3 })
    const keys = calls.flatMap(({ prompts, options: { n, key } }) =>
      prompts.flatMap((_, p) =>
        Array.from({ length: n }, (_, s) => JSON.stringify([key.seed, key.purpose, key.step, key.attempt, (key.prompt ?? 0) + p, key.round, (key.sample ?? 0) + s])),
      ),
    )
    expect(keys).toHaveLength(2 * 3 * 72)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('lets the base play later rounds where the settings say so, and shows the tree while it grows', async () => {
    const live: LiveGroup[] = []
    const { context, calls } = await watched({ onGroup: (group) => live.push(group) })
    const [report] = await runAll(motif, context, { ...small, later_policy: 'base' })
    expect(calls.map(({ options }) => options.adapter)).toEqual([undefined, 'off', 'off'])
    const last = live.at(-1)!
    const texts = report!.groups[0]!.completions.map(({ trajectories }) => trajectories!.map(({ rounds }) => rounds.map(({ text }) => text)))
    const letters = (of: unknown) => JSON.stringify(of).replace(/\s/g, '')
    expect(letters(last.trajectories)).toBe(letters(texts))
    expect(live[0]!.trajectories).toBeUndefined()
    expect(live[0]!.prompt).toBe(report!.groups[0]!.prompt)
  })

  it('learns: answers over three rounds become right more often', async () => {
    const context = await fakeContext({ steps: 25 })
    const asking = { problems: 60, rounds: 3 }
    const before = await askAll(context, asking)
    await runAll(motif, context, { ...small, learning_rate: 0.02, adam_beta2: 0.99, later_temperature: 1, later_top_p: 1 })
    const after = await askAll(context, asking)
    expect(after.accuracy).toBeGreaterThan(before.accuracy)
    expect(after.notes!.left).toBeGreaterThanOrEqual(before.notes!.left)
  })

  it('is a pure function of the seed', async () => {
    const once = async () =>
      (await runAll(motif, await fakeContext({ steps: 2 }), small)).map(({ metrics, ...rest }) => ({ ...rest, ...metrics, step_time: 0 }))
    expect(await once()).toEqual(await once())
  })

  it('refuses a task that does not say how it goes on', async () => {
    const context = await fakeContext()
    const task = { ...context.task, rounds: undefined }
    await expect(runAll(motif, { ...context, task }, small)).rejects.toThrow('does not say what one round hands over')
  })
})
