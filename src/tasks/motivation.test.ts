import { describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { chain } from './chain'
import { knights } from './knights'
import { ledger } from './ledger'
import { motivated, rulesText, shownAt, statedRules } from './motivation'
import { roundPrompt, RULES_KINDS, type Task } from './task'

const task = chain.create({ terms: [3, 3], largest: 20 })
const example = task.example('train', 0)
const says = (name: string, weight: number) => ({
  ...createGrader({ name: 'exact', weight }),
  name,
  rules: (points: number) => `${name} gives ${points} points.`,
})
const content = (of: Task) => of.prompt(example).map(({ role, content }) => `${role}: ${content}`)

describe('the stated rules', () => {
  const graders = [says('a', 2), says('unused', 0), says('b', 0.5)]

  it('come from the graders that count, with their weights, less and less true', () => {
    const numbers = RULES_KINDS.map((kind) => [...rulesText(kind, task, graders).matchAll(/(\w+) gives (\S+) points/g)].map(([, of, n]) => `${of}${n}`))
    expect(numbers).toEqual([['a2', 'b0.5'], ['a1', 'b1'], ['a0.2', 'b-0.5'], ['a-2', 'b-0.5']])
    expect(graders.map(({ weight }) => weight)).toEqual([2, 0, 0.5])
    const alone = RULES_KINDS.map((kind) => rulesText(kind, task, [says('a', 2)]))
    expect(new Set(alone).size).toBe(RULES_KINDS.length)
  })

  it('are never made up: a grader without rules is named', () => {
    const silent = { ...createGrader({ name: 'motif_format', weight: 1 }), name: 'silent' }
    expect(() => rulesText('true', task, [silent])).toThrow('the grader silent does not say its rules; write them as motivation.text')
  })

  it('are a task’s own where it has a short form, and those written by hand where there are any', () => {
    const own = knights.create({ people: 3 })
    expect(RULES_KINDS.map((kind) => rulesText(kind, own, graders))).toEqual([
      'think y1 acc', 'think y1 fast', 'think y3 fast', 'direct y3 fast',
    ]) // prettier-ignore
    const motivation = { rules: 'true' as const, text: 'Be right.', share: 1 }
    expect(statedRules(undefined, motivation, task, graders)).toBe('Be right.')
    expect(statedRules('misleading', motivation, task, graders)).toContain('a gives -2 points')
    expect(statedRules('none', motivation, task, graders)).toBeUndefined()
    expect(statedRules(undefined, undefined, task, graders)).toBeUndefined()
  })
})

describe('a motivated task', () => {
  it('ends the system’s turn with the rules, or begins with one, and asks the same question', () => {
    const [user] = content(task)
    expect(content(motivated(task, 'RULES'))).toEqual(['system: RULES', user])
    const withSystem: Task = { ...task, prompt: (of) => [{ role: 'system', content: 'Think.\n' }, ...task.prompt(of)] }
    expect(content(motivated(withSystem, 'RULES'))).toEqual(['system: Think.\n\nRULES', user])
    expect(content(motivated(task, undefined))).toEqual([user])
  })

  it('states them in every round', () => {
    const { rounds } = motivated(task, 'RULES')
    const system = (round: number, prompts = rounds!.prompts) => roundPrompt(rounds!, prompts, example, { round, rounds: 3, note: 'n' })[0]!.content
    for (const round of [1, 2, 3]) expect(system(round)).toMatch(/in 3 rounds[^]*\n\nRULES$/)
    const bare = ledger.create({ terms: [4, 5] })
    const told = motivated(bare, 'RULES').rounds!
    expect(roundPrompt(told, told.prompts, bare.example('train', 0), { round: 2, rounds: 3 })[0]).toEqual({ role: 'system', content: 'RULES' })
  })

  it('shows them when it is told to, where its own form has them', () => {
    let shown = false
    const own = motivated(knights.create({ people: 3 }), 'think y1 acc', () => shown)
    const text = () => own.prompt(own.example('train', 3))[0]!.content
    const without = text()
    shown = true
    expect(text()).toBe(without.replace('<go>', '<rules> think y1 acc <go>'))
  })
})

describe('the share of steps', () => {
  it('is kept, and the same for the same seed', () => {
    const steps = Array.from({ length: 4000 }, (_, step) => step)
    const count = (seed: number, share: number) => steps.filter((step) => shownAt(seed, step, share)).length
    expect([count(1, 0), count(1, 1)]).toEqual([0, 4000])
    for (const share of [0.25, 0.5]) expect(Math.abs(count(1, share) / 4000 - share)).toBeLessThan(0.03)
    const shown = (seed: number) => steps.map((step) => shownAt(seed, step, 0.5))
    expect(shown(1)).toEqual(shown(1))
    expect(shown(1)).not.toEqual(shown(2))
  })
})
