import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../rl/report'
import { parseSpec } from '../spec'
import { happened, type Told } from './happened'
import { lessons } from './index'
import { parseLesson } from './lesson'

describe('the lessons', () => {
  it('are at least twelve, numbered as their files are', () => {
    expect(lessons.length).toBeGreaterThanOrEqual(12)
    for (const { id, number } of lessons) expect(id).toMatch(new RegExp(`^${String(number).padStart(2, '0')}-[a-z-]+$`))
  })

  it.each(lessons.map((lesson) => [lesson.id, lesson] as const))('%s has specs that run, and figures that they give', (_, { runs, expects }) => {
    for (const { spec } of runs) expect(parseSpec(spec).steps).toBeGreaterThan(0)
    for (const { figure, than } of expects)
      for (const { metric, evaluation } of [figure, ...(than ? [than] : [])]) expect((metric === undefined) !== (evaluation === undefined)).toBe(true)
  })
})

describe('what happened', () => {
  const source = {
    title: 'A lesson',
    words: ['One.', 'Two.', 'Three.'],
    watch: 'it',
    question: 'Why?',
    answer: 'So.',
    runs: [{ name: 'one', spec: {} }, { name: 'other', spec: {} }],
    expects: [
      { says: 'the reward rises', figure: { metric: 'reward', over: 'last' }, is: 'above', than: { metric: 'reward', over: 'first' }, by: 0.1 },
      { says: 'the other is worse', figure: { run: 'other', evaluation: 'accuracy', over: 'last' }, is: 'below', value: 0.5 },
    ],
  }
  const lesson = parseLesson('x', source, 1)
  const told = (rewards: number[], accuracy: number): Told => ({
    reports: rewards.map((reward) => ({ metrics: { reward } })),
    evaluations: [{ accuracy: 0.9 } as Evaluation, { accuracy } as Evaluation],
  })

  it('compares means of three steps, and the last evaluation', () => {
    const verdicts = happened(lesson, new Map([['one', told([0, 0.1, 0.2, 0.9, 0.3, 0.4, 0.5], 1)], ['other', told([], 0.4)]]))
    expect(verdicts.map(({ happened }) => happened)).toEqual([true, true])
    expect(verdicts[0]!.seen).toBeCloseTo(0.4, 12)
    expect(verdicts[0]!.against).toBeCloseTo(0.1, 12)
  })

  it('says when it did not happen', () => {
    const verdicts = happened(lesson, new Map([['one', told([0.1, 0.1, 0.15], 1)], ['other', told([], 0.6)]]))
    expect(verdicts.map(({ happened }) => happened)).toEqual([false, false])
  })

  it('does not take a missing figure for a figure', () => {
    expect(() => happened(lesson, new Map([['one', told([], 1)]]))).toThrow('has told no reward')
    expect(() => happened(lesson, new Map([['one', told([0, 1], 1)]]))).toThrow('the run other has told no figures at all')
  })

  it('refuses a lesson that names a run which is not there', () => {
    const wrong = { ...source, expects: [{ says: 'x', figure: { run: 'third', metric: 'loss' }, is: 'above', value: 0 }] }
    expect(() => parseLesson('05-x', wrong, 5)).toThrow('the lesson 05-x is not one: expects names the run “third”')
  })
})
