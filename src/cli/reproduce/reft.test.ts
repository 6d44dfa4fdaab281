import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../rl/report'
import { lineOf, specOf } from '../reproduce'
import { reftStudy } from './reft'
import { estimate, pointsOf, summarise, type Arm } from './results'

const TOKENS = 80_000
const plan = { seeds: [101, 102], quick: false, tokens: TOKENS }
const arms = reftStudy.arms(plan)
const find = (set: string, name: string) => arms.find((arm) => arm.set === set && arm.name === name)!

const evaluation = (step: number, numTokens: number, accuracy: number, more: Partial<Evaluation> = {}): Evaluation => ({
  step, problems: 100, correct: 100 * accuracy, accuracy, low: 0, high: 1, temperature: 1, rounds: 1, generations: 8,
  meanLength: 13, numTokens, questions: 0, seconds: 1, ...more,
}) // prettier-ignore

describe('the study of ReFT', () => {
  it('starts every way of training from the warm-up of the same seed and mode, and each reward model from its policy', () => {
    expect(new Set(arms.map(({ set, name }) => `${set}/${name}`)).size).toBe(arms.length)
    for (const set of ['words', 'programs']) {
      const [warm, ...others] = arms.filter((arm) => arm.set === set)
      expect(others).toHaveLength(4)
      expect(warm!.spec(101).adapter.start).toBeUndefined()
      for (const arm of others) {
        expect(lineOf(arm)).toEqual([warm, arm])
        expect(specOf('out', arm, 102).adapter.start).toBe(join('out', set, 'warm-up', '102', 'adapter'))
        expect(arm.spec(102).task).toEqual(warm!.spec(102).task)
      }
    }
    expect(lineOf(find('votes', 'a judge of PPO')).map(({ set, name }) => `${set}/${name}`)).toEqual(['words/warm-up', 'words/PPO', 'votes/a judge of PPO'])
    expect(specOf('out', find('votes', 'a judge of PPO'), 101)).toMatchObject({
      adapter: { start: join('out', 'words', 'ppo', '101', 'adapter') },
      evaluation: { policy: 'start', rerank: true, num_generations: 16 },
    })
  })

  it('gives equal tokens to who generates as it goes, equal updates to who does not, and the same demonstrations to all', () => {
    for (const set of ['words', 'programs']) {
      for (const name of ['online self-training', 'PPO']) expect(find(set, name).spec(101).stop).toMatchObject({ tokens: TOKENS })
      for (const name of ['SFT', 'offline self-training']) {
        expect(find(set, name).spec(101)).toMatchObject({ steps: 200, stop: {}, evaluation: { every: 50 } })
        expect(find(set, name).updates).toBe(200)
      }
      const pools = arms.filter((arm) => arm.set === set).map(({ spec }) => spec(101).algorithm as { demonstrations?: number; train_questions?: number })
      expect(new Set(pools.map(({ demonstrations, train_questions }) => demonstrations ?? train_questions))).toEqual(new Set([500]))
    }
  })

  it('marks equal parts of the updates where nothing is generated', () => {
    const evaluations = [0, 75, 150, 225, 300].map((step) => evaluation(step, 0, step / 300))
    const marks = [0, 30_000, 60_000, 90_000, 120_000]
    expect(pointsOf(evaluations, marks, 300).map(({ mark, step, tokens }) => [mark, step, tokens])).toEqual(marks.map((mark, i) => [mark, 75 * i, 0]))
  })

  it('compares PPO with the others seed by seed, and the maximum with the votes', () => {
    const run = (arm: Arm, ends: number[], more: Partial<Evaluation> = {}) => {
      const runs = ends.map((end, i) => {
        const evaluations = [evaluation(0, 0, 0.1), evaluation(arm.updates ?? 60, TOKENS, end, more)]
        return { seed: 101 + i, points: pointsOf(evaluations, [0, TOKENS], arm.updates) }
      })
      return summarise(arm, runs, [0, TOKENS])
    }
    const share = (accuracy: number) => ({ accuracy, low: 0, high: 1 })
    const weak = { majority: share(0.2), rerank: share(0.5), weighted: share(0.55) }
    const strong = { majority: share(0.9), rerank: share(0.4), weighted: share(0.91) }
    const found = reftStudy.claims(
      [
        run(find('words', 'warm-up'), [0.05, 0.07]), run(find('words', 'SFT'), [0.1, 0.3]), run(find('words', 'PPO'), [0.7, 0.8]),
        run(find('votes', 'a judge of warm-up'), [0.1, 0.1], weak), run(find('votes', 'a judge of PPO'), [0.7, 0.7], strong),
      ],
      () => [],
      () => [],
    ) // prettier-ignore
    const [beyond] = found
    expect(beyond!.rows.map(([name, , , , ahead]) => [name, ahead])).toEqual([
      ['base', '–'], ['warm-up', expect.stringMatching(/^\.690 ± /)], ['SFT', expect.stringMatching(/^\.550 ± \.635$/)], ['PPO', '–'],
    ]) // prettier-ignore
    expect(estimate([0.6, 0.5]).half).toBeCloseTo(0.635, 3) // t(1) = 12.706 · .0707 / √2
    expect(beyond!.says).toContain('not clearly above SFT')
    const votes = found.at(-1)!
    expect(votes.rows).toEqual([
      ['warm-up', '.100 ± .000', '.200 ± .000', '.500 ± .000', '.550 ± .000'],
      ['PPO', '.700 ± .000', '.900 ± .000', '.400 ± .000', '.910 ± .000'],
    ])
    expect(votes.says).toMatch(/warm-up’s 16 .* is more than the vote: \.500.*PPO’s 16 .* fails, being less than one answer alone: \.400/)
  })
})
