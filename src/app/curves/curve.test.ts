import { describe, expect, it } from 'vitest'
import type { Evaluation, StepReport } from '../../rl/report'
import { describeCurve, learningCurve, metricCurve, rewardDomain, smooth, thinned } from './curve'
import { fixed } from '../format'

const report = (step: number, reward: number): StepReport => ({ step, metrics: { reward }, groups: [], resumable: true })
const evaluation = (step: number, accuracy: number): Evaluation => ({
  step, problems: 200, correct: accuracy * 200, accuracy, low: accuracy - 0.06, high: accuracy + 0.05,
  temperature: 1, meanLength: 14, numTokens: 0, questions: 0, seconds: 0, rounds: 1, generations: 1,
})

describe('curves', () => {
  it('smooths without a bias to the start and passes over holes', () => {
    expect(smooth([2, 2, 2])).toEqual([2, 2, 2].map((x): unknown => expect.closeTo(x, 12)))
    const [a, b, c] = smooth([0, undefined, 1], 0.5)
    expect([a, b]).toEqual([0, undefined])
    expect(c).toBeCloseTo(1 / 1.5, 12)
  })

  it('joins rewards and accuracies on the same step', () => {
    const points = learningCurve([report(1, 0.25), report(2, 0.5)], [evaluation(0, 0.3), evaluation(2, 0.6)])
    expect(points.map((point) => point.x)).toEqual([0, 1, 2])
    expect(points[0]!.reward).toBeUndefined()
    expect(points[2]!.reward).toBe(0.5)
    expect(points[2]!.interval![0]).toBeCloseTo(0.06, 12)
  })

  it('leaves out what is not a number and widens the axis where rewards leave [0, 1]', () => {
    expect(metricCurve([report(1, NaN), report(2, 1)], 'reward')).toEqual([{ step: 2, value: 1 }])
    expect(rewardDomain([])).toEqual([0, 1])
    expect(rewardDomain(learningCurve([report(1, -0.5), report(2, 1.5)], []))).toEqual([-0.5, 1.5])
  })

  it('says a curve in words', () => {
    expect(describeCurve('loss', [], fixed)).toBe('loss: no values yet')
    expect(describeCurve('loss', [{ step: 1, value: 0.5 }, { step: 3, value: 0.25 }], fixed)).toBe(
      'loss: 0.50 at step 1, 0.25 at step 3, between 0.25 and 0.50',
    )
  })
})

describe('a long run', () => {
  const reports: StepReport[] = Array.from({ length: 5000 }, (_, i) => ({
    step: i + 1, metrics: { reward: i === 2500 ? 9 : Math.sin(i), loss: i === 1234 ? -7 : 0 }, groups: [], resumable: true,
  }))

  it('is drawn from few points, with its ends and its peaks', () => {
    const points = thinned(learningCurve(reports, []))
    expect(points.length).toBeLessThan(2410)
    expect([points[0]!.x, points.at(-1)!.x, Math.max(...points.map(({ reward }) => reward!))]).toEqual([1, 5000, 9])
    const small = metricCurve(reports, 'loss')
    expect([small.length < 490, small[0]!.step, small.at(-1)!.step, Math.min(...small.map(({ value }) => value))]).toEqual([true, 1, 5000, -7])
  })
})
