/** Counts the completions that graders failed at, for a run's metrics: graders/NAME/errors, and graders/NAME/FLAG for each kind. */
import type { Grader } from './grader'

/** What graders flag without failing: the completion itself is cut, and its score stands. */
const HARMLESS = new Set(['truncated_observation_error'])

/** The graders, counted; `take` gives what they failed at since it was last called. */
export function countFailures<G extends Grader>(graders: readonly G[]): { graders: G[]; take: () => Record<string, number> } {
  const counts = new Map<string, number>()
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    graders: graders.map((grader) => ({
      ...grader,
      async grade(submission) {
        const flags = new Set<string>()
        const score = await grader.grade(submission, (flag) => flags.add(flag))
        for (const flag of flags) add(`graders/${grader.name}/${flag}`)
        if ([...flags].some((flag) => !HARMLESS.has(flag))) add(`graders/${grader.name}/errors`)
        return score
      },
    })),
    take() {
      const taken = Object.fromEntries(counts)
      counts.clear()
      return taken
    },
  }
}
