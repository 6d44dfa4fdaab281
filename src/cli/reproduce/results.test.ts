import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../rl/report'
import { parseSpec } from '../../runs/spec'
import { motifStudy } from './motif'
import { claims } from './motif-claims'
import { estimate, pointsOf, summarise, table, write, type Results } from './results'
import type { Rollout } from './study'

const evaluation = (numTokens: number, accuracy: number, more: Partial<Evaluation> = {}): Evaluation => ({
  step: numTokens / 10, problems: 100, correct: 100 * accuracy, accuracy, low: 0, high: 1, temperature: 0.8, rounds: 3, generations: 1,
  meanLength: 40, numTokens, questions: numTokens / 5, seconds: 1, ...more,
}) // prettier-ignore

describe('results', () => {
  it('take the first evaluation at or after each mark', () => {
    const evaluations = [evaluation(0, 0.1), evaluation(21, 0.2), evaluation(39, 0.3), evaluation(44, 0.4)]
    expect(pointsOf(evaluations, [0, 20, 40, 60]).map(({ mark, tokens, accuracy }) => [mark, tokens, accuracy])).toEqual([
      [0, 0, 0.1], [20, 21, 0.2], [40, 44, 0.4], [60, 44, 0.4],
    ]) // prettier-ignore
  })

  it('give means with Student’s interval, and none from one seed', () => {
    // mean .6, unbiased deviation .1, t(2) = 4.303: half = 4.303 · .1 / √3
    expect(estimate([0.5, 0.6, 0.7, undefined])).toEqual({ mean: expect.closeTo(0.6, 12) as number, half: expect.closeTo(0.24843, 4) as number, seeds: 3 })
    expect(write(estimate([0.5, 0.6, 0.7]))).toBe('.600 ± .248')
    expect(write(estimate([0.5]))).toBe('.500')
    expect(write(estimate([]))).toBe('–')
  })

  it('are written as a table with what else was asked', () => {
    const arm = motifStudy.arms({ seeds: [1, 2], quick: true, tokens: 40 })[0]!
    const greedy = { greedy: { ...evaluation(0, 0.9) } }
    const runs = [0.2, 0.4].map((end, i) => ({ seed: i, points: pointsOf([evaluation(0, 0.1, { variants: greedy }), evaluation(40, end, { variants: greedy })], [0, 40]) }))
    const results = { arms: [summarise(arm, runs, [0, 40])], marks: [0, 40_000] } as unknown as Results
    const lines = table(results, 'long').split('\n')
    expect(lines[0]).toMatch(/^generated tokens +0 +40k$/)
    expect(lines[1]).toMatch(/^one-round GRPO \(2 seeds\) +\.100 ± \.000 +\.300 ± 1\.271$/)
    expect(lines[2]).toMatch(/^ {2}greedy +\.900 ± \.000 +\.900 ± \.000$/)
  })
})

describe('the study of MOTIF', () => {
  const arms = motifStudy.arms({ seeds: [101, 102, 103, 104], quick: false, tokens: 80_000 })

  it('trains every arm for the same tokens on the same problems, with paired seeds', () => {
    const names = arms.map(({ set, name }) => `${set}/${name}`)
    expect(new Set(names).size).toBe(names.length)
    for (const set of ['long', 'mixed']) {
      const specs = arms.filter((arm) => arm.set === set).map(({ spec }) => spec(101))
      expect(new Set(specs.map(({ task }) => JSON.stringify(task))).size).toBe(1)
    }
    for (const { spec, seeds } of arms) {
      expect(spec(7)).toMatchObject({ seed: 7, stop: { tokens: 80_000 }, adapter: { seed: 7 }, evaluation: { every_tokens: 20_000, problems: 200 } })
      expect([101, 102, 103, 104]).toEqual(expect.arrayContaining(seeds))
    }
  })

  it('is the one whose results lie in examples/results', () => {
    const text = readFileSync(new URL('../../../examples/results/motif.json', import.meta.url), 'utf8')
    const results = JSON.parse(text) as Results
    const plan = { quick: false, tokens: 80_000, seeds: results.arms[0]!.runs.map(({ seed }) => seed) }
    const now = motifStudy.arms(plan)
    expect(plan.seeds.length).toBeGreaterThanOrEqual(5)
    expect(results).toMatchObject({ format: 'etude-reproduction', quick: false, missing: [], marks: [0, 20_000, 40_000, 60_000, 80_000] })
    expect(results.arms.map(({ set, name }) => `${set}/${name}`)).toEqual(now.map(({ set, name }) => `${set}/${name}`))
    results.arms.forEach(({ spec, runs, accuracy }, i) => {
      expect(parseSpec(spec)).toEqual(now[i]!.spec(plan.seeds[0]!)) // keys that specs have got since then stand at their defaults
      expect(runs.map(({ seed }) => seed)).toEqual(now[i]!.seeds)
      accuracy.forEach((of, m) => expect(of).toEqual(estimate(runs.map(({ points }) => points[m]!.accuracy))))
    })
  })

  it('measures what more futures buy on the very same responses', () => {
    // one group of two responses: their four futures 1,0,0,1 and 1,1,0,1
    const ways = (...of: number[]) => ({ reward: 0, scores: {}, trajectories: of.map((success) => ({ success })) })
    const tree: Rollout = { step: 1, question: 0, completions: [ways(1, 0, 0, 1), ways(1, 1, 0, 1)] }
    const motif = arms.find(({ name }) => name === 'MOTIF as published')!
    const summary = summarise(motif, [{ seed: 101, points: pointsOf([evaluation(0, 0.3), evaluation(80_000, 0.8)], [0, 80_000]) }], [0, 80_000])
    const steps = Array.from({ length: 16 }, (_, i) => ({ 'motif/notes_right': i / 16, 'rewards/first_round_format/mean': 1 }))
    const found = claims([summary], () => [tree], () => steps)
    const futures = found.find(({ title }) => title.startsWith('Futures'))!
    // k, possible levels, distinct, silent, chance: unbiased variance of each response's four (1/3, 1/4) / k, spread between the two
    expect(futures.rows).toEqual([
      [1, 1, '1.00', '1.000', ((1 / 3 + 1 / 4) / 2).toFixed(3).slice(1), '.000'],
      [2, 2, '2.00', '.000', ((1 / 3 + 1 / 4) / 4).toFixed(3).slice(1), '.125'],
      [4, 2, '2.00', '.000', ((1 / 3 + 1 / 4) / 8).toFixed(3).slice(1), '.031'],
    ])
    const notes = found.find(({ title }) => title.startsWith('Progress'))!
    expect(notes.rows[0]).toEqual([1, '1.000', '.031'])
    expect(notes.rows.at(-1)).toEqual([15, '1.000', '.906'])
  })
})
