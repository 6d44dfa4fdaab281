import { describe, expect, it } from 'vitest'
import { evaluationOf, reportOf } from '../../runs/library/contract.fixture'
import { parseSpec } from '../../runs/spec'
import { aboutOf, dateOf, figuresOf, stepsOf } from './entryWords'
import { pauseBefore, seenAt, viewingOf } from './viewing'

const run = { name: 'a', spec: parseSpec({}), reports: [1, 2, 3].map(reportOf), evaluations: [0, 3].map(evaluationOf) }

describe('a run that is looked at', () => {
  it('shows what had been told at a step', () => {
    const steps = (at: number) => [seenAt(viewingOf(run, at)).reports, seenAt(viewingOf(run, at)).evaluations].map((rows) => rows.map(({ step }) => step))
    expect([0, 2, 9].map(steps)).toEqual([[[], [0]], [[1, 2], [0]], [[1, 2, 3], [0, 3]]])
    expect(viewingOf(run)).toMatchObject({ at: 3, last: 3, playing: false })
  })

  it('plays at the pace of the run, within bounds', () => {
    const at = (speed: 1 | 4 | 16, time: number) =>
      pauseBefore({ ...viewingOf({ ...run, reports: [{ ...reportOf(1), metrics: { step_time: time } }] }, 0), speed })
    expect([at(1, 0.5), at(4, 1), at(1, 60), at(16, 0.01)]).toEqual([0.5, 0.25, 2, 1 / 30])
  })
})

describe('an entry in words', () => {
  it('says when, where, how far, and how well', () => {
    const now = new Date(2026, 10, 21, 21, 4).getTime()
    expect([0, 1, 9, 400].map((days) => dateOf(now - days * 86_400_000, now))).toEqual(['today 21:04', 'yesterday 21:04', '12 Nov', '17 Oct 2025'])
    expect(aboutOf({ created: now, place: 'SwiftShader' }, now)).toBe('today 21:04, SwiftShader')
    expect([stepsOf({ state: 'open', step: 3, spec: run.spec }), stepsOf({ state: 'done', step: 25, spec: run.spec })]).toEqual(['step 3 of 25', '25 steps'])
    expect([figuresOf({ reward: 0.834, accuracy: 0.5 }), figuresOf({})]).toEqual(['reward 0.83, accuracy 0.50', ''])
  })
})
