import { expect, it } from 'vitest'
import { countFailures } from './failures'
import { gradeAll, type Grader } from './grader'

it('counts completions by grader and flag, each once', async () => {
  const shaky: Grader = {
    name: 'shaky',
    title: 'Fails at what is marked',
    grade({ text }, flag) {
      for (const mark of text) flag?.(mark === '-' ? 'truncated_observation_error' : `kind_${mark}`, `it failed at ${mark}`)
      return text === '' ? 1 : 0
    },
  }
  const counted = countFailures([shaky])
  const scores = await gradeAll(counted.graders[0]!, ['', 'a', 'aab', '-'].map((text) => ({ text, answer: '', finish: 'stop' })))
  expect(scores).toEqual([1, 0, 0, 0])
  expect(counted.take()).toEqual({
    counts: {
      'graders/shaky/errors': 2,
      'graders/shaky/kind_a': 2,
      'graders/shaky/kind_b': 1,
      'graders/shaky/truncated_observation_error': 1,
    },
    trouble: 'it failed at b',
  })
  expect(counted.take()).toEqual({ counts: {}, trouble: undefined })
})
