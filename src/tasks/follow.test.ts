import { describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { follow } from './follow'
import { pointer, type PointerExample } from './pointer'

describe.each(['fact', 'larger', 'add', 'multiply', 'short'] as const)('follow: %s', (kind) => {
  const task = follow.create({ kind })
  const [grader] = follow.gradersFor!({ kind }).map((spec) => createGrader(spec))
  const questions = (split: 'train' | 'test', n: number, seed = 0) => Array.from({ length: n }, (_, i) => task.prompt(task.example(split, i, seed))[0]!.content)

  it('asks each training question once an epoch, in another order each time, and never one that it tests on', () => {
    const all = new Set([...questions('train', 9000), ...questions('test', 9000)])
    const train = new Set(questions('train', 9000))
    const test = new Set(questions('test', 9000))
    expect(train.size + test.size).toBe(all.size)
    expect(test.size).toBeGreaterThan(5)
    const epochs = questions('train', 2 * train.size)
    expect(new Set(epochs.slice(0, train.size)).size).toBe(train.size)
    expect(new Set(epochs.slice(train.size)).size).toBe(train.size)
    expect(epochs.slice(train.size)).not.toEqual(epochs.slice(0, train.size))
  })

  it('takes its own reply, and not another question’s', async () => {
    const [a, b] = [task.example('train', 0), task.example('train', 1)]
    const grade = (text: string) => grader!.grade({ text, answer: a.answer, finish: 'stop' })
    expect(await grade(task.solution(a))).toBe(1)
    if (kind !== 'short' && a.answer !== b.answer) expect(await grade(task.solution(b))).toBe(0)
    expect(await grade('')).toBe(0)
  })
})

describe('the graders of follow', () => {
  const grade = (name: 'mentions' | 'sentence', text: string, answer = 'New York') =>
    createGrader({ name, weight: 1, ...(name === 'sentence' && { words: 5 }) }).grade({ text, answer, finish: 'stop' })

  it.each([['It is new york.', 1], ['New Yorkers', 0], ['York, new', 0]])('mentions: %s scores %d', (text, score) => expect(grade('mentions', text)).toBe(score))

  it.each([['Tea is good.', 1], ['Tea is - good.', 1], ['Tea is good', 0], ['Tea. Is good.', 0], ['One two three four five six.', 0], ['.', 0], ['Tea... ', 0]])(
    'sentence: %s scores %d',
    (text, score) => expect(grade('sentence', text)).toBe(score),
  )
})

describe('pointer', () => {
  it('ends where the arrows lead, without coming back', () => {
    const task = pointer.create({ hops: [2, 6], letters: 7 })
    for (let i = 0; i < 100; i++) {
      const example = task.example('train', i) as PointerExample
      const shown = new Map([...task.prompt(example)[0]!.content.matchAll(/([A-G]) -> ([A-G])/g)].map(([, from, to]) => [from!, to!]))
      expect(shown.size).toBe(7)
      let at = 'ABCDEFG'[example.start]!
      const seen = new Set([at])
      for (let hop = 0; hop < example.hops; hop++) seen.add((at = shown.get(at)!))
      expect(at).toBe(example.answer)
      expect(seen.size).toBe(example.hops + 1)
      expect(task.level!(example)).toBe(`${example.hops} hops`)
    }
  })

  it('refuses walks that come back', () => {
    expect(() => pointer.create({ hops: [3, 7], letters: 7 })).toThrow('follows up to 7 arrows among 7 letters')
  })
})
