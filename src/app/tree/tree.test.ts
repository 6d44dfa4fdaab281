import { describe, expect, it } from 'vitest'
import { nodeTitle, nodeWords } from './nodeWords'
import { advantageSource, rewardSource, shareSource, successSource, wayAdvantageSource, type Rules } from '../models/sources'
import { drawable, growingTree, heading, judgedTree, neighbourOf, plannedTree, rightOf, roundAt, treeOf, type Place } from './tree'
import { group, live, report } from './tree.fixture'

const shape = { m: 2, k: 2, rounds: 3 }
const rules: Rules = { shape, weights: { exact: 2 }, formatWeight: 0.1, scale: 'group', every: false }
const judged = judgedTree(group, 4)!

describe('the tree', () => {
  it('is planned before there is any text', () => {
    const planned = plannedTree({ m: 8, k: 4, rounds: 3 }, 'q')
    expect(planned.responses.flatMap(({ ways }) => ways.flatMap(({ rounds }) => rounds))).toHaveLength(64)
    expect(heading(planned)).toBe('8 responses, 32 ways on, 3 rounds')
  })

  it('grows round by round: what the next round has begun is written', () => {
    const first = growingTree(live(), shape)
    expect(first.responses.map(({ state, text }) => [state, text])).toEqual([['writing', 'xy'], ['waiting', '']])
    expect(heading(first)).toContain('round 1 of 3')
    const empty = [['', ''], ['', '']]
    const second = growingTree(live([[['p', ''], ['', '']], empty]), shape)
    expect(second.responses[0]!.state).toBe('written')
    expect(second.responses[0]!.ways.map(({ rounds }) => rounds.map(({ state }) => state))).toEqual([['writing', 'waiting'], ['waiting', 'waiting']])
    expect(heading(second)).toContain('round 2 of 3')
    const third = growingTree(live([[['p', 'q'], ['r', '']], empty]), shape)
    expect(third.responses[0]!.ways.map(({ rounds }) => rounds.map(({ state }) => state))).toEqual([['written', 'writing'], ['written', 'waiting']])
    expect(nodeWords(third, { round: 2, response: 0, way: 1 })).toBe('Response 1, way 2, round 2 of 3: written, not judged yet')
  })

  it('is judged by its report, and says in words what is seen', () => {
    expect(judged.shape).toEqual(shape)
    expect(heading(judged)).toBe('2 responses, 4 ways on; 3 of 4 right; advantages from −0.7 to +0.7')
    expect(rightOf(judged.responses[0]!.ways)).toBe(1)
    expect(roundAt(judged, { round: 3, response: 1, way: 0 })).toEqual({ state: 'judged', prompt: 'b?', text: 'b03', note: 'b3', left: true, cut: true })
    expect(roundAt(judged, { round: 1, response: 1 })).toMatchObject({ text: 'thought b', note: 'b', prompt: 'what is it?' })
    expect(nodeWords(judged, { round: 1, response: 1 })).toBe('Response 2, round 1 of 3: reward 1.10, advantage +0.71, 2 of 2 ways right')
    expect(nodeWords(judged, { round: 3, response: 0, way: 1 })).toBe('Response 1, way 2, round 3 of 3: ends wrong')
    expect(nodeTitle(judged, { round: 0 })).toBe('The question')
    const alike = judgedTree({ ...group, completions: group.completions.map((one) => ({ ...one, reward: 0.1, advantage: 0 })) }, 4)!
    expect(heading(alike)).toContain('all rewards are 0.10')
    expect(judgedTree({ ...group, completions: group.completions.map(({ trajectories: _, ...one }) => one) }, 4)).toBeUndefined()
  })

  it('is that of the chosen step, else the one that grows, unless the last one is held', () => {
    const facts = { reports: [report], live: [live()], shown: { step: 'latest' as number | 'latest', question: 0 }, held: false }
    expect(treeOf(facts, shape)).toMatchObject({ stage: 'growing', step: 5 })
    expect(treeOf({ ...facts, held: true }, shape)).toMatchObject({ stage: 'judged', step: 4 })
    expect(treeOf({ ...facts, shown: { step: 4, question: 0 } }, shape)).toMatchObject({ stage: 'judged', step: 4 })
    expect(treeOf({ ...facts, shown: { step: 5, question: 0 } }, shape)).toMatchObject({ stage: 'growing', step: 5 })
    expect(treeOf({ ...facts, live: [], shown: { step: 4, question: 7 } }, shape)).toMatchObject({ stage: 'judged' })
    expect(treeOf({ ...facts, reports: [], live: [] }, shape, 'q')).toMatchObject({ stage: 'planned', prompt: 'q' })
  })

  it('is walked by arrows, and stays within its ends', () => {
    const walk = (from: Place, ...keys: string[]): Place => keys.reduce((place, key) => neighbourOf(shape, place, key), from)
    expect(walk({ round: 0 }, 'ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown')).toEqual({ round: 2, response: 1, way: 0 })
    expect(walk({ round: 2, response: 1, way: 0 }, 'ArrowUp')).toEqual({ round: 2, response: 0, way: 1 })
    expect(walk({ round: 3, response: 1, way: 1 }, 'ArrowRight', 'ArrowDown')).toEqual({ round: 3, response: 1, way: 1 })
    expect(walk({ round: 3, response: 1, way: 1 }, 'Home')).toEqual({ round: 3, response: 0, way: 0 })
    expect(walk({ round: 1, response: 0 }, 'End', 'ArrowUp')).toEqual({ round: 1, response: 0 })
    expect(walk({ round: 2, response: 1, way: 1 }, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowUp')).toEqual({ round: 0 })
  })

  it('is drawn in part where it is too large', () => {
    expect(drawable(judged)).toBe(judged)
    const large = drawable(plannedTree({ m: 100, k: 16, rounds: 4 }))
    expect(large.responses).toHaveLength(large.shape.m)
    expect(large.shape.m).toBeLessThan(20)
    expect(drawable(plannedTree({ m: 2, k: 500, rounds: 4 })).shape.m).toBe(1)
  })
})

describe('where figures come from', () => {
  it('says it with the numbers of the case', () => {
    const [first] = judged.responses
    expect(rewardSource(first!, rules)).toBe('Reward 0.60 = mean of its 2 final answers (2 × exact 0.50) + 0.1 × format 1.00.')
    expect(rewardSource(first!, { ...rules, formatWeight: 0 })).not.toContain('format')
    expect(advantageSource(first!, rules)).toBe('Advantage −0.71 = its reward less the mean of the 2, divided by the rewards’ standard deviation.')
    expect(advantageSource(first!, { ...rules, scale: 'none' })).not.toContain('divided')
    expect(advantageSource(first!, { ...rules, every: true })).toContain('mean of the advantages of its 2 ways')
    expect(shareSource(first!, 1)).toBe('1 of its 2 ways on ended with a right answer.')
    expect(successSource(first!.ways[0]!, rules)).toContain('(2 × exact 1.00)')
    expect(wayAdvantageSource({ ...first!.ways[0]!, advantage: 1 }, rules)).toContain('Advantage +1.00 = its own score and format less the mean of all 4 ways')
  })
})
