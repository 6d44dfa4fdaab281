/** Counts the completions that graders failed at, for a run's metrics: graders/NAME/errors, and graders/NAME/FLAG for each kind. */
import type { Grader } from './grader'

/** What graders flag without failing: the completion itself is cut, and its score stands. */
const HARMLESS = new Set(['truncated_observation_error'])

/** Whether a metric counts the completions that a grader failed at. */
export function countsErrors(metric: string): boolean {
  return /^graders\/.+\/errors$/.test(metric)
}

export interface Failures {
  /** By metric. */
  counts: Record<string, number>
  /** Why the last completion that a grader failed at got 0; undefined while none failed. */
  trouble: string | undefined
}

/** The graders, counted; `take` gives what they failed at since it was last called. */
export function countFailures<G extends Grader>(graders: readonly G[]): { graders: G[]; take: () => Failures } {
  let trouble: string | undefined
  const counts = new Map<string, number>()
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    graders: graders.map((grader) => ({
      ...grader,
      async grade(submission) {
        const flags = new Set<string>()
        const score = await grader.grade(submission, (flag, sentence) => {
          flags.add(flag)
          if (!HARMLESS.has(flag)) trouble = sentence
        })
        for (const flag of flags) add(`graders/${grader.name}/${flag}`)
        if ([...flags].some((flag) => !HARMLESS.has(flag))) add(`graders/${grader.name}/errors`)
        return score
      },
    })),
    take() {
      const taken = { counts: Object.fromEntries(counts), trouble }
      counts.clear()
      trouble = undefined
      return taken
    },
  }
}
