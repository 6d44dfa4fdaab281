import { describe, expect, it } from 'vitest'
import type { CompletionRecord, Evaluation, GroupRecord, StepReport } from '../../rl/report'
import { parseSpec } from '../../runs/spec'
import type { Seen } from './answer'
import { askAll, QUESTIONS } from './questions'
import { whySilent } from './silent-group'

const spec = (algorithm: object = {}, more: object = {}) =>
  parseSpec({ algorithm: { name: 'grpo', num_generations: 4, learning_rate: 0.001, loss_type: 'dapo', ...algorithm }, steps: 20, ...more })
const imitation = parseSpec({ algorithm: { name: 'sft' }, steps: 20 })

const completion = (reward: number, mean: number, finish: 'stop' | 'length' = 'stop', text = `${reward}`): CompletionRecord =>
  ({ text, pieces: ['a', 'b', 'c'], finish, scores: { exact: reward }, reward, advantage: reward - mean })
const group = (rewards: number[], finish: 'stop' | 'length' = 'stop'): GroupRecord => {
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length
  return { prompt: 'p', solution: 's', completions: rewards.map((reward) => completion(reward, mean, finish)) }
}

/** One report for each set of metrics, on top of a run that goes well. */
const WELL = { loss: 0.3, grad_norm: 0.4, reward: 0.5, frac_reward_zero_std: 0, entropy: 0.5, 'completions/clipped_ratio': 0 }
const run = (each: Record<string, number>[], groups: GroupRecord[] = [group([1, 0, 1, 0])], more: Partial<StepReport> = {}): StepReport[] =>
  each.map((metrics, i) => ({ step: i + 1, metrics: { ...WELL, ...metrics }, groups, resumable: true, ...more }))
const times = (n: number, metrics: Record<string, number> = {}) => Array.from({ length: n }, () => metrics)

const evaluation = (step: number, accuracy: number): Evaluation => ({
  step, accuracy, low: accuracy - 0.05, high: accuracy + 0.05, problems: 200, correct: 200 * accuracy, temperature: 1, rounds: 1,
  generations: 1, meanLength: 9, numTokens: 0, questions: 0, seconds: 0,
})

/** The answers by their names. */
const ask = (reports: StepReport[], given: Partial<Seen> = {}) =>
  Object.fromEntries(askAll({ spec: spec(), reports, evaluations: [], ...given }).map((asked) => [asked.name, asked]))

/** Where each question must appear, and what it must say there. */
interface Surprise {
  seen: Partial<Seen> & { reports: StepReport[] }
  says: RegExp[]
  setting: [path: string, now: string]
}
const SURPRISES: Record<string, Surprise> = {
  ungraded: {
    seen: { reports: run([{ 'graders/python/errors': 3, 'graders/python/timeout': 3 }], undefined, { trouble: 'python: stopped after 1 s' }) },
    says: [/failed 3 times on 4 completions/, /python timeout 3/], setting: ['graders', '[{"name":"exact","weight":1}]'],
  },
  'completions-cut': {
    seen: {
      reports: run(
        times(3, { 'completions/clipped_ratio': 0.9, reward: 0, 'completions/mean_terminated_length': 11 }), [group([0, 0, 0, 1], 'length')],
      ),
    },
    says: [/90 % of the last completions reached the limit of 64 tokens/, /11\.0 tokens on average/],
    setting: ['algorithm.max_completion_length', '64'],
  },
  'silent-groups': {
    seen: { reports: run(times(3, { frac_reward_zero_std: 0.5 }), [group([1, 0, 1, 0]), group([0, 0, 0, 0])]) },
    says: [
      /In step 3 one of two groups is silent: one with all attempts bad/, /25 % of the step’s attempts earned 1\.00/,
      /a group of 4 is silent by chance 32 %/,
    ],
    setting: ['algorithm.num_generations', '4'],
  },
  'gradient-zero': {
    seen: { reports: run(times(3, { grad_norm: 0 }), [group([1, 1, 1, 1])]) },
    says: [/norm in step 3 is exactly 0/, /its one group are silent/], setting: ['algorithm.num_generations', '4'],
  },
  'reward-fell': {
    seen: { reports: run([...times(5, { reward: 0.8, entropy: 0.4 }), ...times(5, { reward: 0.3, entropy: 0.05 })]) },
    says: [/it was 0\.80 on average, over the last 3 it is 0\.30: 0\.50 less/, /entropy 0\.40 → 0\.05/],
    setting: ['algorithm.learning_rate', '0.001'],
  },
  'accuracy-flat': {
    seen: { reports: run(times(10)), evaluations: [evaluation(0, 0.4), evaluation(5, 0.43), evaluation(10, 0.42)] },
    says: [/On 200 held-out problems it was 0\.40 after step 0 and is 0\.42 after step 10/, /sure to ±0\.05/],
    setting: ['evaluation.problems', '200'],
  },
  'kl-rising': {
    seen: { spec: spec({ beta: 0.04 }), reports: run([0.01, 0.01, 0.01, 0.2, 0.3, 0.4].map((kl) => ({ kl }))) },
    says: [/0\.01 → 0\.30 since the beginning/, /the reward did not rise with it/], setting: ['algorithm.beta', '0.04'],
  },
  'entropy-collapsed': {
    seen: { reports: run([...times(3, { entropy: 0.6 }), ...times(3, { entropy: 0.01 })]) },
    says: [/0\.60 → 0\.01 nats/, /not good yet \(0\.50\)/], setting: ['algorithm.temperature', '1'],
  },
  'loss-zero': {
    seen: { reports: run(times(2, { loss: 0.004 })) },
    says: [/loss of step 2 is 4e−3/, /2 of its 4 completions are pushed towards \(advantages together \+1\.00\) and 2 away \(−1\.00\)/],
    setting: ['algorithm.num_iterations', '1'],
  },
}

describe('why?', () => {
  it('has an answer made up here for every question of the table', () => {
    expect(Object.keys(SURPRISES).sort()).toEqual(QUESTIONS.map(({ name }) => name).sort())
  })

  it.each(Object.entries(SURPRISES))('is asked with the run’s figures and a setting’s present value: %s', (name, { seen, says, setting }) => {
    const [path, now] = setting
    const answer = ask(seen.reports, seen)[name]!
    expect(answer.question).toMatch(/^W.*\?$/)
    for (const words of says) expect(answer.answer.join(' ')).toMatch(words)
    expect(answer.settings.find((of) => of.path === path)?.now).toBe(now)
    const texts = [...answer.answer, ...answer.settings.flatMap((advice) => Object.values({ ...advice }))]
    for (const text of texts) expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/)
  })

  it('is not asked where nothing surprises', () => {
    expect(Object.keys(ask(run(times(12))))).toEqual([])
    expect(Object.keys(ask([]))).toEqual([])
  })

  it.each([
    ['silent-groups', run(times(3, { frac_reward_zero_std: 0 })), {}],
    ['completions-cut', run(times(3, { 'completions/clipped_ratio': 0.05 })), {}],
    ['gradient-zero', run(times(3, { grad_norm: 1e-9 })), {}],
    // a fall that noise explains, and one that is small
    ['reward-fell', run(Array.from({ length: 12 }, (_, i) => ({ reward: i % 2 }))), {}],
    ['reward-fell', run([...times(5, { reward: 0.52 }), ...times(5, { reward: 0.5 })]), {}],
    ['accuracy-flat', run(times(10)), { evaluations: [evaluation(0, 0.3), evaluation(5, 0.5), evaluation(10, 0.6)] }],
    ['accuracy-flat', run(times(2)), { evaluations: [evaluation(0, 0.4), evaluation(1, 0.4), evaluation(2, 0.4)] }],
    ['kl-rising', run(times(6, { kl: 0.2 })), {}],
    ['entropy-collapsed', run(times(6, { entropy: 0.04 })), {}],
    ['loss-zero', run(times(2, { loss: 0.4 })), {}],
    ['loss-zero', run(times(2, { loss: 0 })), { spec: spec({ loss_type: 'cispo', epsilon_high: 5 }) }],
    ['loss-zero', run(times(2, { loss: 0 })), { spec: imitation }],
  ] as [string, StepReport[], Partial<Seen>][])('is not asked without need: %s', (name, reports, given) => {
    expect(ask(reports, given)[name]).toBeUndefined()
  })

  it('tells a paid rise of the KL from drift, and mastery from a collapse', () => {
    const kl = [0.01, 0.01, 0.01, 0.2, 0.3, 0.4]
    const paid = run(kl.map((k, i) => ({ kl: k, reward: i / 6 })))
    expect(ask(paid, { spec: spec({ beta: 0.04 }) })['kl-rising']!.answer[1]).toMatch(/It was paid for/)
    const sure = run([...times(3, { entropy: 0.6 }), ...times(3, { entropy: 0.01, reward: 1 })], [group([1, 1, 1, 1])])
    expect(ask(sure)['entropy-collapsed']!.answer[1]).toMatch(/mastery/)
  })

  it('alerts where a run has stopped learning', () => {
    const alert = (reports: StepReport[]) => askAll({ spec: spec(), reports, evaluations: [] }).find((asked) => asked.alert)?.alert
    expect(alert(run(times(3)))).toBeUndefined()
    expect(alert(run(times(3, { 'completions/clipped_ratio': 0.9, reward: 0 })))).toMatch(/90 % of the completions are cut off/)
    expect(alert(run(times(3, { frac_reward_zero_std: 1, reward: 1 }), [group([1, 1, 1, 1])]))).toMatch(/Every answer is right/)
    expect(alert(run(times(3, { frac_reward_zero_std: 1, reward: 0 }), [group([0, 0, 0, 0])]))).toMatch(/make the task easier/)
    expect(alert(run(times(2, { frac_reward_zero_std: 1 }), [group([0, 0, 0, 0])]))).toBeUndefined()
    expect(alert(run(times(3, { grad_norm: 0 })))).toMatch(/exactly zero/)
    const failed = run([{ 'graders/python/errors': 3 }], undefined, { trouble: 'python: stopped after 1 s' })
    expect(alert(failed)).toMatch(/3 completions of this step could not be graded/)
  })
})

describe('a silent group', () => {
  it('says what its attempts have in common', () => {
    const answer = whySilent(spec(), group([0, 0, 0, 0]))!
    expect(answer.question).toBe('Why is this group silent?')
    expect(answer.answer.join(' ')).toMatch(
      /All four attempts at this question earned 0\.00, .* all four advantages are 0, and none of the 12 tokens gets a slope/,
    )
    expect(answer.answer.join(' ')).toMatch(/very same text.*all bad/)
    expect(answer.settings.map(({ path }) => path)).toContain('algorithm.num_generations')
    expect(whySilent(spec(), group([1, 1, 1, 1]))!.answer.join(' ')).toMatch(/all good/)
    expect(whySilent(spec({}, { graders: [{ name: 'exact', weight: 3 }] }), group([1, 1, 1, 1]))!.answer.join(' ')).toMatch(/all bad/)
    expect(whySilent(spec(), group([1, 0, 1, 1]))).toBeUndefined()
    expect(whySilent(spec(), group([1]))).toBeUndefined()
  })
})
