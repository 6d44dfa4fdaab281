/** Graders that are programs: their scores, and what they flag. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrader } from './index'
import { programIn } from './program'
import { nodeSandbox } from './sandbox/node'
import { setSandbox } from './sandbox/session'
import type { Submission } from './grader'

const seconds = 60
beforeAll(() => setSandbox(() => nodeSandbox({ allowPython: true })))
afterAll(() => setSandbox(undefined))

const of = (text: string, answer = '7', item?: Submission['item']): Submission => ({ text, answer, item, finish: 'stop' })

describe.each([
  [
    'python',
    'def grade(sample, item):\n  return sample["output_json"]["n"] / item["of"]',
    'def grade(sample, item): return 1 / 0',
    'def grade(sample, item): return "1"',
  ],
  [
    'javascript',
    'function grade(sample, item) { return sample.output_json.n / item.of }',
    'function grade() { throw new Error("no") }',
    'function grade() { return "1" }',
  ],
] as const)('%s', (name, source, broken, text) => {
  const grader = (code?: string) => createGrader({ name, weight: 1, max: 1, seconds, ...(code && { source: code }) })

  it('scores by sample and item', async () => {
    expect(await grader(source).grade(of('<think>…</think>{"n": 3}', '7', { of: 4 }))).toBe(0.75)
  })

  it('a failing call scores 0 and says why', async () => {
    const flags: string[][] = []
    const flag = (...given: string[]) => void flags.push(given)
    expect(await grader(broken).grade(of('x'), flag)).toBe(0)
    expect(await grader(text).grade(of('x'), flag)).toBe(0)
    expect(flags.map(([kind]) => kind)).toEqual(['error', 'error'])
    expect(flags[1]![1]).toBe(`${name}: grade() returned "1"; it must return a finite number`)
  })

  it('two sources do not see one another', async () => {
    const spoil = {
      python: 'import json\njson.dumps = len = 3\nimport builtins\nbuiltins.float = None\ndef grade(sample, item): return 1',
      javascript: 'Number = undefined; Math.sqrt = () => 9\nfunction grade() { return 1 }',
    }[name]
    const check = { python: 'def grade(s, i): return float(i["answer"])', javascript: 'function grade(s, i) { return Number(i.answer) + Math.sqrt(0) }' }[name]
    await grader(spoil).grade(of('x'))
    expect(await grader(check).grade(of('x'))).toBe(7)
  })
})

describe('program', () => {
  const grader = createGrader({ name: 'program', weight: 1, wrong: 0.1, tolerance: 0.01, seconds })
  it.each([
    ['def solution():\n    a = 3\n    return a + 4\n\n    return 8', 1],
    ['def solution():\n    a = 3\n\n    return a + 4', 0],
    ['\n    a = 3\n    return a + 4', 1],
    ['def solution():\n    return 7.009', 1],
    ['def solution():\n    return 8\nThe answer is 7.', 0.1],
    ['So:\n```python\nN = 3\ndef solution():\n    return N + math.sqrt(16)\n```\nDone.', 1],
    ['    a = 5\n    return a + 2', 1],
    ['def solution():\n    return None', 0],
    ['def solution():\n    return 7 +', 0],
    ['The answer is 7.', 0],
    ['', 0],
  ])('%j scores %d', async (text, score) => expect(await grader.grade(of(text))).toBe(score))

  it('votes by the number, and cannot score without an answer', async () => {
    const [one, other] = ['def solution():\n    return 14 / 2', 'def solution():\n    return 7']
    await Promise.all([one, other].map(async (text) => grader.grade(of(text))))
    expect(grader.answer!(of(one))).toBe(grader.answer!(of(other)))
    expect(await grader.grade(of(one, ''))).toBeNull()
  })

  it('no program, no code', () => expect(programIn('return 7')).toBeUndefined())
})
