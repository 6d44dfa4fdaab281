import { describe, expect, it } from 'vitest'
import { graders } from '../graders/index'
import { tasks } from './index'
import { ledger } from './ledger'
import { roundPrompt } from './task'
import { totals } from './problem'
import type { TaskKind } from './task'

describe.each(Object.values<TaskKind>(tasks))('task $name', (kind) => {
  const task = kind.create(kind.settings.parse({}))
  const text = (split: 'train' | 'test', i: number, seed?: number) => JSON.stringify(task.prompt(task.example(split, i, seed)))

  it('has the name that the table gives it', () => expect(tasks).toHaveProperty(kind.name, kind))

  it('gives the solution the maximum of every grader, and less to an empty answer', () => {
    for (const grader of Object.values(graders))
      for (let i = 0; i < 50; i++) {
        const example = task.example(i % 2 ? 'train' : 'test', i)
        expect(grader.grade({ text: task.solution(example), answer: example.answer, finish: 'stop' })).toBe(1)
        expect(grader.grade({ text: '', answer: example.answer, finish: 'stop' })).toBeLessThan(1)
      }
  })

  it('is a pure function of split, number and seed', () => {
    for (let i = 0; i < 20; i++) expect(text('train', i, 3)).toBe(text('train', i, 3))
    expect(new Set(Array.from({ length: 20 }, (_, i) => text('train', i))).size).toBeGreaterThan(18)
    expect(text('train', 0, 1)).not.toBe(text('train', 0, 2))
    expect(() => task.example('train', -1)).toThrow('example number -1')
  })

  it('never tests on a problem that it trains on', () => {
    const trained = new Set(Array.from({ length: 3000 }, (_, i) => text('train', i)))
    for (let i = 0; i < 500; i++) expect(trained).not.toContain(text('test', i))
  })
})

describe('ledger', () => {
  it('writes problems and solutions in its exact form', () => {
    const task = ledger.create({ terms: [4, 5] })
    const example = { terms: [5, 3, -8, 9], answer: 'd09' }
    expect(task.prompt(example)).toEqual([{ role: 'user', content: '<q> a+5 b+3 c-8 d+9 <last> _00 <think>' }])
    const { prompts } = task.rounds!
    const prompt = (round: number, note?: string) => roundPrompt(task.rounds!, prompts, example, { round, rounds: 3, note })[0]!.content
    expect(prompt(1)).toBe('<q> a+5 b+3 c-8 d+9 <prog> _00 <think>')
    expect(prompt(2, 'b08')).toBe('<q> a+5 b+3 c-8 d+9 <prog> b08 <think>')
    expect(prompt(3, 'b08')).toBe('<q> a+5 b+3 c-8 d+9 <last> b08 <think>')
    expect(task.solution(example)).toBe('a05 b08 c00 d09 </think><ans> d09')
  })

  it('keeps the running total in 0–99, with digits 1–9 and both lengths', () => {
    const task = ledger.create({ terms: [3, 5] })
    const lengths = new Map<number, number>()
    for (let i = 0; i < 2000; i++) {
      const { terms } = task.example('train', i) as unknown as { terms: number[] }
      lengths.set(terms.length, (lengths.get(terms.length) ?? 0) + 1)
      expect(terms.every((t) => Math.abs(t) >= 1 && Math.abs(t) <= 9)).toBe(true)
      expect(totals(terms).every((t) => t >= 0 && t <= 99)).toBe(true)
    }
    expect([...lengths.keys()].sort()).toEqual([3, 4, 5])
    for (const count of lengths.values()) expect(count).toBeGreaterThan(550)
  })
})
