import { describe, expect, it } from 'vitest'
import type { Answers, Evaluation } from '../../rl/report'
import { evaluationTable, wayOfAsking } from './evaluationTable'

const answers = (accuracy: number, more: Partial<Answers> = {}): Answers => ({
  problems: 200, correct: 200 * accuracy, accuracy, low: accuracy - 0.05, high: accuracy + 0.05,
  temperature: 0.8, rounds: 1, generations: 1, meanLength: 20, ...more,
})
const evaluation = (step: number, of: Answers, variants?: Record<string, Answers>): Evaluation => ({
  ...of, step, numTokens: 0, questions: 0, seconds: 0, ...(variants && { variants }),
})

describe('the table of evaluations', () => {
  it('shows only what exists', () => {
    const [section, ...others] = evaluationTable(evaluation(0, answers(0.3)), evaluation(9, answers(0.8)))
    expect(others).toEqual([])
    expect(section!.lines.map(({ label }) => label)).toEqual(['accuracy', 'tokens'])
    expect(section!.lines[0]).toMatchObject({ before: { share: 0.3, low: 0.25 }, after: { share: 0.8 } })
  })

  it('shows votes, pass@k, levels and notes, and each variant beside its own beginning', () => {
    const rich = (accuracy: number): Answers => answers(accuracy, {
      rounds: 3, generations: 4,
      majority: { accuracy: 0.9, low: 0.8, high: 0.95 },
      passAt: { 1: accuracy, 2: 0.7, 4: 0.9 },
      levels: { '6 terms': { accuracy: 0.5, low: 0.4, high: 0.6, problems: 70 } },
      notes: { left: 0.9, right: 0.6 },
    })
    const [main, greedy] = evaluationTable(
      evaluation(0, rich(0.3), { greedy: answers(0.1, { temperature: 0 }) }),
      evaluation(9, rich(0.8), { greedy: answers(0.9, { temperature: 0 }) }),
    )
    expect(main!.lines.map(({ label }) => label)).toEqual([
      'accuracy', 'majority of 4', 'pass@2', 'pass@4', '6 terms', 'notes left', 'notes right', 'tokens',
    ])
    expect(main!.way).toBe('3 rounds, sampled at 0.8, 200 problems × 4 answers')
    expect(greedy).toMatchObject({ name: 'greedy', way: 'one round, greedy, 200 problems' })
    expect(greedy!.lines[0]).toMatchObject({ before: { share: 0.1 }, after: { share: 0.9 } })
  })

  it('has nothing to compare with while there is one evaluation', () => {
    const only = evaluation(0, answers(0.3))
    expect(evaluationTable(only, only)[0]!.lines.every(({ before }) => before === undefined)).toBe(true)
    expect(wayOfAsking(only)).toContain('one round')
  })
})
