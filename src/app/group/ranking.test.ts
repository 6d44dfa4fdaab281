import { describe, expect, it } from 'vitest'
import type { CompletionRecord, StepReport } from '../../rl/report'
import { inWords, neighbour, rank, shownReport } from './ranking'

const completion = (reward: number, advantage: number): CompletionRecord => {
  return { text: '', pieces: [], finish: 'stop', scores: {}, reward, advantage }
}
const group = (...rewards: number[]) => {
  return { prompt: 'p', solution: 's', completions: rewards.map((reward) => completion(reward, reward - 0.5)) }
}

describe('a ranked group', () => {
  it('puts the better first and the mean between better and worse', () => {
    const ranked = rank(group(0, 1, 0.5, 0, 1, 0))
    expect(ranked.completions.map(({ reward }) => reward)).toEqual([1, 1, 0.5, 0, 0, 0])
    expect(ranked.places).toEqual([1, 4, 2, 0, 3, 5])
    expect([ranked.mean, ranked.above, ranked.silent, ranked.reach]).toEqual([2.5 / 6, 3, false, 0.5])
  })

  it('keeps the order of equals and knows a silent group', () => {
    const equal = { prompt: '', solution: '', completions: [{ ...completion(1, 0), text: 'a' }, { ...completion(1, 0), text: 'b' }] }
    const ranked = rank(equal)
    expect(ranked.completions.map(({ text }) => text)).toEqual(['a', 'b'])
    expect([ranked.silent, ranked.above, ranked.reach]).toEqual([true, 2, 0])
  })
})

describe('which group is shown', () => {
  const reports: StepReport[] = [1, 2, 3, 4].map((step) => ({ step, metrics: {}, groups: step === 2 ? [] : [group(1)], resumable: true }))

  it('is the latest with rollouts unless an earlier one is asked for', () => {
    expect(shownReport(reports, 'latest')?.step).toBe(4)
    expect(shownReport(reports.slice(0, 2), 'latest')?.step).toBe(1)
    expect(shownReport(reports, 3)?.step).toBe(3)
    expect(shownReport([], 'latest')).toBeUndefined()
  })

  it('steps over reports without rollouts', () => {
    expect([neighbour(reports, 3, -1), neighbour(reports, 1, 1)]).toEqual([1, 3])
    expect([neighbour(reports, 4, 1), neighbour(reports, 1, -1)]).toEqual([undefined, undefined])
    expect([inWords(8), inWords(32)]).toEqual(['eight', '32'])
  })
})
