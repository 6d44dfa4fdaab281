import { describe, expect, it } from 'vitest'
import { holds, knightsText, solutions, type KnightsTextExample } from './knights-text'

const task = (fewest: number, most = fewest) => knightsText.create({ people: [fewest, most] })

describe('Knights and Knaves in words', () => {
  it.each([2, 3, 4, 5, 6, 7, 8])('has one solution for %d people, which is its answer', (people) => {
    const seen = new Set<string>()
    for (let i = 0; i < 12; i++) {
      const example = task(people).example('train', i) as KnightsTextExample
      expect(solutions(example.claims)).toEqual([example.knights])
      // by another way: in no other world does everybody speak as they must
      const fitting = Array.from({ length: 2 ** people }, (_, w) => example.knights.map((_, k) => Boolean((w >> k) & 1))).filter((world) =>
        world.every((knight, k) => knight === holds(example.claims[k]!, world)),
      )
      expect(fitting).toHaveLength(1)
      expect(example.answer.split('\n')).toHaveLength(people)
      expect(new Set(example.names).size).toBe(people)
      for (const name of example.names) expect(task(people).prompt(example)[1]!.content).toContain(`${name} `)
      seen.add(JSON.stringify(example.claims))
    }
    expect(seen.size).toBeGreaterThan(people === 2 ? 6 : 10)
  })

  it('says every kind of claim, and holds as it says', () => {
    const [a, b] = [{ person: 0, knight: true }, { person: 1, knight: false }]
    const worlds = [[true, true], [true, false], [false, true], [false, false]]
    const table = (join: 'and' | 'or' | 'if' | 'iff') => worlds.map((world) => holds({ join, left: a, right: b }, world))
    expect(table('and')).toEqual([false, true, false, false])
    expect(table('or')).toEqual([true, true, false, true])
    expect(table('if')).toEqual([false, true, true, true])
    expect(table('iff')).toEqual([false, true, true, false])
    expect(worlds.map((world) => holds({ not: a }, world))).toEqual([false, false, true, true])
    const text = Array.from({ length: 60 }, (_, i) => task(2, 8).prompt(task(2, 8).example('train', i))[1]!.content).join('\n')
    for (const words of [' exactly when ', ', then ', ', or both', 'it is not true that', ' knave and ']) expect(text).toContain(words)
  })

  it('counts its levels by people', () => {
    const levels = new Set(Array.from({ length: 200 }, (_, i) => task(2, 8).level!(task(2, 8).example('test', i))))
    expect([...levels].sort()).toEqual([2, 3, 4, 5, 6, 7, 8].map((n) => `${n} people`))
  })
})
