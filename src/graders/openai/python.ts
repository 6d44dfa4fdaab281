/**
 * python: grade(sample, item) of its source, in the sandbox: an interpreter for each source, whose modules its calls share. Where
 * OpenAI allows two minutes, a call here has the seconds of the settings.
 */
import { callGrade } from '../sandbox/grade'
import { GraderFailure } from './failure'
import type { Python } from './schema'
import type { Score } from './score'

export function pythonScore({ source }: Python, seconds: number): Score {
  return async ({ sample, item }) => {
    const graded = await callGrade('python', source, [sample, item], seconds)
    if (graded.ok) return graded.score
    if (graded.kind === 'error') throw new GraderFailure('python_grader_runtime_error', graded.error)
    if (graded.kind === 'timeout') throw new GraderFailure('unresponsive_reward_error', `grade() was stopped after ${seconds} s`)
    throw new GraderFailure('python_grader_server_error', `${graded.kind}: ${graded.error}`)
  }
}
