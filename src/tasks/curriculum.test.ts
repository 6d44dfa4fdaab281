import { describe, expect, it } from 'vitest'
import { curriculum, type Standing } from './curriculum'
import { ledger, type LedgerExample } from './ledger'

const levels = [[2, 2], [3, 3], [4, 4]].map((terms) => ledger.create({ terms: terms as [number, number] }))
const rule = { groups: 4, raise: 0.7, lower: 0.3 }
const termsOf = (task: { example(split: 'train' | 'test', i: number): unknown }, split: 'train' | 'test' = 'train') =>
  (task.example(split, 0) as LedgerExample).terms.length

describe('a curriculum', () => {
  it('goes up, stays and goes down by the mean success of its groups, and no further than its ends', () => {
    const climb = curriculum(levels, rule)
    const walk = [[1, 1, 1], [0.5], [0.5, 0.5, 0.5, 0.5], [0.7, 0.7, 0.7, 0.7], [1, 1, 1, 1], [0.2, 0.4, 0.3, 0.3], [0, 0, 0, 0, 0, 0, 0, 0]]
    const seen = walk.map((successes) => {
      climb.observe(successes)
      return [climb.standing.level, termsOf(climb.task)]
    })
    expect(seen).toEqual([[0, 2], [1, 3], [1, 3], [2, 4], [2, 4], [1, 3], [0, 2]])
    expect(termsOf(climb.task, 'test')).toBe(4)
    expect(climb.task.level!(climb.task.example('train', 1))).toBe('2 terms')
  })

  it('goes on exactly from where it stood, wherever its steps are cut', () => {
    const successes = Array.from({ length: 60 }, (_, i) => ((i * 7) % 10) / 9 + (i < 30 ? 0.25 : -0.25))
    const whole = curriculum(levels, rule)
    whole.observe(successes)
    for (const cut of [1, 5, 6, 31, 59]) {
      const first = curriculum(levels, rule)
      first.observe(successes.slice(0, cut))
      const second = curriculum(levels, rule, JSON.parse(JSON.stringify(first.standing)) as Standing)
      expect(termsOf(second.task)).toBe(termsOf(first.task))
      second.observe(successes.slice(cut))
      expect(second.standing).toEqual(whole.standing)
    }
  })

  it('asks with the words of the level that an example came from', () => {
    const shouting = { ...levels[0]!, prompt: () => [{ role: 'user' as const, content: 'LEVEL 1' }] }
    const climb = curriculum([shouting, levels[1]!], rule)
    const easy = climb.task.example('train', 0)
    climb.observe([1, 1, 1, 1])
    expect(climb.task.prompt(easy)[0]!.content).toBe('LEVEL 1')
    expect(climb.task.prompt(climb.task.example('train', 0))[0]!.content).toContain('<q>')
  })

  it('refuses rules and levels that do not fit', () => {
    expect(() => curriculum([], rule)).toThrow('has no levels')
    expect(() => curriculum(levels, { ...rule, lower: 0.7 })).toThrow('lowers at 0.7 and raises at 0.7')
    expect(() => curriculum(levels, rule, { level: 3, groups: 0, success: 0 })).toThrow('stood on level 4 and has 3')
  })
})
