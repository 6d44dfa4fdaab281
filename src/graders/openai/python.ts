/**
 * python: grade(sample, item) of its source, in the sandbox, a state of its own for each completion. Where OpenAI allows two minutes,
 * a call here has the seconds of the settings. A bool counts as 0 or 1; any other value than a finite number is an error.
 */
import { sandbox } from '../sandbox/session'
import { GraderFailure } from './failure'
import type { Python } from './schema'
import type { Score } from './score'

export function pythonScore({ source }: Python, seconds: number): Score {
  return async ({ sample, item }) => {
    const box = await sandbox()
    const outcome = await box.run({ language: 'python', source, call: 'grade', args: [sample, item] }, { seconds })
    if (outcome.ok) {
      const { value } = outcome
      if (typeof value === 'boolean') return Number(value)
      if (typeof value === 'number' && Number.isFinite(value)) return value
      const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')
      throw new GraderFailure('python_grader_runtime_error', `grade() returned ${shown.slice(0, 100)}; it must return a finite number`)
    }
    if (outcome.kind === 'error') throw new GraderFailure('python_grader_runtime_error', outcome.error)
    if (outcome.kind === 'timeout') throw new GraderFailure('unresponsive_reward_error', `grade() was stopped after ${seconds} s`)
    throw new GraderFailure('python_grader_server_error', `${outcome.kind}: ${outcome.error}`)
  }
}
