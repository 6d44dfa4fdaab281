import { describe, expect, it } from 'vitest'
import { graders } from './index'

const stop = 'stop' as const

describe('exact', () => {
  const grade = (text: string, answer = '12', finish: 'stop' | 'length' = stop) => graders.exact.grade({ text, answer, finish })

  it('compares the last slot with the answer, white space apart', () => {
    expect(grade('7 + 5 <ans>12</ans>')).toBe(1)
    expect(grade('<ans> 12\n</ans> so')).toBe(1)
    expect(grade('a05 </think><ans> c06', 'c06')).toBe(1)
    expect(grade('<ans>3</ans> no, <ans>12</ans>')).toBe(1)
    expect(grade('<ans>12</ans> no, <ans>3</ans>')).toBe(0)
    expect(grade('<ans>1 2</ans>')).toBe(0)
    expect(grade('12')).toBe(0)
    expect(grade('')).toBe(0)
  })

  it('does not take a slot that the limit cut', () => {
    expect(grade('<ans>12', '12', 'length')).toBe(0)
    expect(grade('<ans>12</ans> and', '12', 'length')).toBe(1)
  })

  it('cannot score without an answer', () => expect(grade('<ans>12</ans>', ' ')).toBeNull())
})

describe('format', () => {
  const grade = (text: string, finish: 'stop' | 'length' = stop) => graders.format.grade({ text, answer: 'x', finish })

  it('wants one filled slot at the end', () => {
    expect(grade('think </think><ans> c06')).toBe(1)
    expect(grade('so <ans>wrong</ans>\n')).toBe(1)
    expect(grade('so <ans>12</ans> or so')).toBe(0)
    expect(grade('<ans>1</ans><ans>2</ans>')).toBe(0)
    expect(grade('<ans> </ans>')).toBe(0)
    expect(grade('12')).toBe(0)
    expect(grade('<ans>12', 'length')).toBe(0)
  })
})
