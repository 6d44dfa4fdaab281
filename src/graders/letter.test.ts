import { describe, expect, it } from 'vitest'
import { letter } from './letter'
import { reft } from './reft'

describe('letter', () => {
  it.each([
    ['\\boxed{C}', 'c', 1],
    ['\\boxed{\\text{(c)}}', 'C', 1],
    ['\\boxed{c ) 30}', 'c', 1],
    ['The answer is (C).', 'c', 1],
    ['Answer: B, no: the answer is **C**', 'c', 1],
    ['c', 'c', 1],
    ['\\boxed{30}', 'c', 0],
    ['\\boxed{cm}', 'c', 0],
    ['The answer is correct', 'c', 0],
    ['a cat', 'a', 0],
    ['\\boxed{c', 'c', 0],
    ['', 'c', 0],
    ['c', '', null],
  ])('%s for %s scores %j', (text, answer, score) => expect(letter.grade({ text, answer, finish: 'stop' })).toBe(score))
})

describe('reft', () => {
  it.each([
    ['So.\nTherefore, the answer is: 14', '14.0', 1],
    ['Therefore, the answer is: $1,400.009.', '1400', 1],
    ['Therefore, the answer is: 3\nTherefore, the answer is: 14', '14', 1],
    ['Therefore, the answer is: 15', '14.0', 0.1],
    ['Therefore, the answer is: fourteen', '14.0', 0],
    ['Therefore, the answer is:', '14.0', 0],
    ['It is 14', '14.0', 0],
    ['Therefore, the answer is: C', 'c', 1],
    ['Therefore, the answer is: d', 'c', 0],
    ['Therefore, the answer is: 14', '', null],
  ])('%s for %s scores %j', (text, answer, score) => expect(reft.grade({ text, answer, finish: 'stop' })).toBe(score))
})
