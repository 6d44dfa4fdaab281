import { describe, expect, it } from 'vitest'
import { openai } from './openai'

describe('a grader of OpenAI’s in a run', () => {
  it('finds the answer of a task without fields in item.answer, and the example’s own where there is one', async () => {
    const grader = openai.create(openai.settings.parse({}), {})
    expect(await grader.grade({ text: '7', answer: '7', finish: 'stop' })).toBe(1)
    expect(await grader.grade({ text: '7', answer: '8', finish: 'stop' })).toBe(0)
    expect(await grader.grade({ text: '7', answer: '8', finish: 'stop', item: { answer: '7' } })).toBe(1)
  })
})
