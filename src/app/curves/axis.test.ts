import { describe, expect, it } from 'vitest'
import type { Evaluation, StepReport } from '../../rl/report'
import { axesOf, endOf, placesOn, placeWords, tickLabel, ticksOf } from './axis'
import { learningCurve } from './curve'

const report = (step: number): StepReport => ({
  step, metrics: { reward: 0.5, questions: 2 * step, generated_tokens: 100 * step, step_time: 3 }, groups: [], resumable: true,
})
const evaluation = (step: number, seconds: number): Evaluation => ({
  step, seconds, questions: 2 * step, numTokens: 100 * step,
  problems: 1, correct: 1, accuracy: 1, low: 0, high: 1, temperature: 1, rounds: 1, generations: 1, meanLength: 1,
})
const reports = [1, 2, 3].map(report)
const evaluations = [evaluation(0, 10), evaluation(2, 21)]

describe('the axis', () => {
  it('finds steps, questions and tokens where the reports say them', () => {
    expect(placesOn('questions', reports, evaluations)).toEqual({ reports: [2, 4, 6], evaluations: [0, 4] })
    expect(placesOn('tokens', reports, evaluations)).toEqual({ reports: [100, 200, 300], evaluations: [0, 200] })
    expect(learningCurve(reports, evaluations, 'tokens').map(({ x, accuracy }) => [x, accuracy])).toEqual([[0, 1], [100, undefined], [200, 1], [300, undefined]])
  })

  it('adds the times of the steps to that of the evaluation before them, which holds its own', () => {
    expect(placesOn('seconds', reports, evaluations)).toEqual({ reports: [13, 16, 24], evaluations: [10, 21] })
    expect(placesOn('seconds', reports, [])).toEqual({ reports: [3, 6, 9], evaluations: [] })
  })

  it('ends with the run, or where its pace would lead', () => {
    expect([endOf('steps', 3, 3, 30), endOf('questions', 6, 3, 30), endOf('tokens', 300, 3, 30)]).toEqual([30, 60, 3000])
    expect([endOf('tokens', 907, 1, 88), endOf('seconds', 7, 3, 88), endOf('seconds', 0, 0, 88)]).toEqual([80_000, 240, 60])
  })

  it('has about five round ticks and its end', () => {
    expect([1, 3, 25, 30, 52, 1000].map((end) => ticksOf(end))).toEqual([
      [0, 1], [0, 1, 2, 3], [0, 5, 10, 15, 20, 25], [0, 10, 20, 30], [0, 20, 40, 52], [0, 200, 400, 600, 800, 1000],
    ])
    expect(ticksOf(240, 'seconds')).toEqual([0, 60, 120, 180, 240])
    expect([0, 90, 240, 7200].map((place) => tickLabel('seconds', place))).toEqual(['0 s', '1.5 min', '4 min', '2 h'])
    expect([0, 500, 20_000].map((place) => tickLabel('tokens', place))).toEqual(['0 tokens', '500', '20k'])
    expect([placeWords('steps', 3), placeWords('questions', 1200), placeWords('seconds', 75)]).toEqual(['step 3', '1,200 questions', '1 min 15 s'])
  })

  it('offers no tokens where none are generated', () => {
    expect(axesOf('motif')).toEqual(['steps', 'questions', 'tokens', 'seconds'])
    expect(axesOf('sft')).toEqual(['steps', 'questions', 'seconds'])
  })
})
