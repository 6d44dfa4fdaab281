import { describe, expect, it } from 'vitest'
import { askAll, fakeContext, runAll } from './context.fixture'
import { sft } from './sft'

describe('SFT', () => {
  it('makes the solutions likelier, and the task solved more often', async () => {
    const context = await fakeContext({ steps: 20 })
    const before = await askAll(context, { problems: 100 })
    const reports = await runAll(sft, context, { questions: 8, adam_beta2: 0.99 })
    expect(reports.at(-1)!.metrics.loss!).toBeLessThan(reports[0]!.metrics.loss! / 2)
    const after = await askAll(context, { problems: 100 }, { step: 20, numTokens: 1, generatedTokens: 7, questions: 160 })
    expect(after.accuracy).toBeGreaterThan(before.accuracy + 0.3)
    expect(after).toMatchObject({ step: 20, problems: 100, temperature: 1, numTokens: 7, questions: 160 })
    expect(after.low).toBeLessThan(after.accuracy)
    expect(after.high).toBeGreaterThan(after.accuracy)
    expect(reports.at(-1)!.metrics).toMatchObject({ generated_tokens: 0, learning_rate: 1e-3 })
  })

  it('goes through a fixed set again and again, in another order each time', async () => {
    const answers: string[] = []
    const context = await fakeContext({ steps: 4 })
    const { task } = context
    context.task = { ...task, solution: (example) => (answers.push(example.answer), task.solution(example)) }
    await runAll(sft, context, { questions: 3, demonstrations: 6 })
    const [first, second] = [answers.slice(0, 6), answers.slice(6)]
    expect([...first].sort()).toEqual([...second].sort())
    expect([...first].sort()).toEqual(Array.from({ length: 6 }, (_, i) => task.example('train', i, context.seed).answer).sort())
    expect(first).not.toEqual(second)
  })

  it('gives the same steps whether rows go through the model at once or in pieces', async () => {
    const losses = async (pieces: number) =>
      (await runAll(sft, await fakeContext(), { questions: 6, gradient_accumulation_steps: pieces })).map(({ metrics }) => metrics.loss!)
    const whole = await losses(1)
    ;(await losses(3)).forEach((loss, i) => expect(loss).toBeCloseTo(whole[i]!, 10))
    expect(sft.conflict(sft.settings.parse({ questions: 6, gradient_accumulation_steps: 4 }))).toContain('does not divide the 6')
  })
})
