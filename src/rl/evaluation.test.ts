import { describe, expect, it } from 'vitest'
import type { Completion } from '../policy/policy'
import { askAll, fakeContext } from './context.fixture'
import { passAt, wilson } from './math/statistics'

/** A context whose policy answers problem p, sample s with what `answer` says: 'right', 'wrong', another answer, or nothing. */
async function answering(answer: (p: number, s: number) => string) {
  const context = await fakeContext()
  const { policy, tokenizer, task } = context
  policy.sample = (prompts, { n, key }) =>
    Promise.resolve(
      prompts.map((_, p) =>
        Array.from({ length: n }, (_, s): Completion => {
          const said = answer((key.prompt ?? 0) + p, s)
          const right = task.example('test', (key.prompt ?? 0) + p).answer
          const slot = said === 'right' ? right : said === 'wrong' ? 'a99' : said
          const tokens = tokenizer.completion(slot === '' ? 'a05' : `a05 </think><ans> ${slot}`, policy.info.eos)
          return { tokens, logprobs: tokens.map(() => -1), finish: 'stop' }
        }),
      ),
    )
  return context
}

describe('evaluation', () => {
  it('asks the same held-out problems whatever the seed, and gives the same answer for the same key', async () => {
    const greedy = await askAll(await fakeContext(), { temperature: 0 })
    expect(greedy).toMatchObject({ problems: 30, correct: 30, accuracy: 1, numTokens: 0, rounds: 1, generations: 1 })
    expect(await askAll(await fakeContext({ seed: 9 }), { temperature: 0 })).toEqual(greedy)
    const once = await askAll(await fakeContext(), { problems: 120 })
    expect(await askAll(await fakeContext(), { problems: 120 })).toEqual(once)
    expect(once.correct).toBeLessThan(60)
  })

  it('counts majority votes, pass@k and the share of right answers', async () => {
    // problem 0: two of three right; 1: one right, two agree on a wrong one; 2: a tie of three, the first is right; 3: nothing said
    const said = [['right', 'wrong', 'right'], ['right', 'wrong', 'wrong'], ['right', 'a98', 'a97'], ['', '', '']]
    const evaluation = await askAll(await answering((p, s) => said[p]![s]!), { problems: 4, num_generations: 3 })
    expect(evaluation.correct).toBeCloseTo(4 / 3, 12)
    expect(evaluation).toMatchObject({ accuracy: 1 / 3, ...wilson(4 / 3, 4), generations: 3, majority: { accuracy: 0.5, ...wilson(2, 4) } })
    // pass@2 of three: 1 − C(wrong, 2) / C(3, 2)
    expect(evaluation.passAt!['1']).toBeCloseTo(1 / 3, 12)
    expect(evaluation.passAt!['2']).toBeCloseTo((1 + 2 / 3 + 2 / 3 + 0) / 4, 12)
  })

  it('counts what the task measures, of the completions that a measure applies to', async () => {
    const context = await answering((p) => (p % 4 === 0 ? '' : p % 2 ? 'right' : 'wrong'))
    const { answer } = context.task.example('test', 0)
    context.task = {
      ...context.task,
      measures: (example, { text, finish }) => ({
        'ended right': text.endsWith(example.answer) && finish === 'stop',
        'wrong by a99': text.includes('<ans>') ? text.endsWith('a99') : undefined,
        never: undefined,
      }),
    }
    expect(answer).not.toBe('a99')
    const { measures } = await askAll(context, { problems: 40, num_generations: 2 })
    expect(measures).toEqual({
      'ended right': { of: 80, accuracy: 0.5, ...wilson(40, 80) },
      'wrong by a99': { of: 60, accuracy: 1 / 3, ...wilson(20, 60) },
    })
    expect(await askAll(await fakeContext())).not.toHaveProperty('measures')
  })

  it('picks by a reward model: the best answer, and a vote weighed by its scores', async () => {
    // problem 0: the best is right; 1: the best is wrong, but the right ones have more weight together; 2: nobody answers
    const said = [['wrong', 'right', 'wrong'], ['wrong', 'right', 'right'], ['', '', '']]
    const scores = [[-9, 9, -9], [2, 1, 1], [0, 0, 0]]
    const context = await answering((p, s) => said[p]![s]!)
    await expect(askAll(context, { problems: 3, num_generations: 3, rerank: true })).rejects.toThrow('this policy has none')
    context.policy.info.can.valueHead = true
    let problem = 0
    context.policy.forward = ({ rows }) => {
      const of = scores[problem++]!
      const zeros = rows.map(({ completion }) => completion.map(() => 0))
      return Promise.resolve({ id: 0, logprob: zeros, entropy: zeros, value: zeros.map((row, i) => [...row, of[i]!]) })
    }
    const evaluation = await askAll(context, { problems: 3, num_generations: 3, rerank: true })
    expect(evaluation).toMatchObject({ accuracy: 1 / 3, majority: { accuracy: 1 / 3 }, rerank: { accuracy: 1 / 3 }, weighted: { accuracy: 2 / 3 } })
  })

  it('asks in other ways besides, and tells levels apart', async () => {
    const evaluation = await askAll(await answering((p) => (p % 2 ? 'right' : 'wrong')), {
      problems: 40,
      variants: [{ name: 'three rounds', rounds: 3 }, { name: 'greedy', temperature: 0, problems: 10 }],
    })
    expect(evaluation.accuracy).toBe(0.5)
    const levels = Object.values(evaluation.levels!)
    expect(Object.keys(evaluation.levels!)).toEqual(['4 terms', '5 terms'])
    expect(levels.reduce((sum, { problems }) => sum + problems, 0)).toBe(40)
    expect(levels.reduce((sum, { problems, accuracy }) => sum + problems * accuracy, 0)).toBeCloseTo(20, 9)
    expect(evaluation.variants!['three rounds']).toMatchObject({ rounds: 3, problems: 40, meanLength: evaluation.meanLength * 3 })
    expect(evaluation.variants!['three rounds']!.notes).toMatchObject({ left: 1 })
    expect(evaluation.variants!.greedy).toMatchObject({ temperature: 0, problems: 10, generations: 1 })
  })

  it('asks whom it is told to ask: the adapter or the bare model, in the first round or in later ones', async () => {
    const context = await fakeContext()
    const asked: (string | undefined)[] = []
    const sample = context.policy.sample.bind(context.policy)
    context.policy.sample = (prompts, options, onTokens) => {
      asked.push(options.adapter)
      return sample(prompts, options, onTokens)
    }
    await askAll(context, { problems: 3, rounds: 2, later_policy: 'base' })
    await askAll(context, { problems: 3, rounds: 2, policy: 'base' })
    await context.policy.snapshot('start')
    await askAll(context, { problems: 3, policy: 'start' })
    expect(asked).toEqual(['current', 'off', 'off', 'off', 'start'])
  })
})

describe('pass@k', () => {
  it('is the share of draws of k among n that hold a right one', () => {
    const draws = (n: number, right: number, k: number) => {
      const sets = (from: number, size: number): number[][] =>
        size === 0 ? [[]] : Array.from({ length: n - from }, (_, i) => from + i).flatMap((x) => sets(x + 1, size - 1).map((rest) => [x, ...rest]))
      const all = sets(0, k)
      return all.filter((set) => set.some((x) => x < right)).length / all.length
    }
    for (const [n, right, k] of [[4, 1, 2], [6, 2, 3], [5, 0, 2], [5, 5, 1], [5, 4, 2]] as const)
      expect(passAt(n, right, k)).toBeCloseTo(draws(n, right, k), 12)
    expect(() => passAt(2, 1, 3)).toThrow('pass@3')
  })
})
