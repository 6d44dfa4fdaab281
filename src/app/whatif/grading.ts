/**
 * A step's completions graded by graders that need not be the run's own. What the run's graders have already said is taken from the report;
 * the others grade the texts again. With several rounds it is the last rounds that are graded, and a response has the mean of its ways on.
 */
import { gradeAll, type GraderTools, type Submission } from '../../graders/grader'
import { createGrader, type WeightedGrader } from '../../graders/index'
import { meanOf } from '../../rl/tree'
import type { CompletionRecord, GroupRecord, StepReport } from '../../rl/report'
import type { AlgorithmSpec } from '../../runs/spec'
import { say } from '../words/say'

/** Scores that no grader gives, by their names: a first round's format, the penalty of long completions; with their weights' settings. */
const BESIDES: Record<string, string> = { first_round_format: 'format_weight', overlong: 'overlong_penalty' }

export interface Graded {
  /** [F][N] over all completions of the step, null where there is no score. */
  scores: (number | null)[][]
  names: string[]
  weights: number[]
}

export const nameOf = ({ name, label }: Pick<WeightedGrader, 'name' | 'label'>): string => label ?? name

/** Whether two graders differ in nothing but what they weigh. */
export function sameGrader(a: WeightedGrader, b: WeightedGrader): boolean {
  const given = (of: WeightedGrader) => Object.entries({ ...of, weight: 0 }).filter(([, value]) => value !== undefined)
  const bare = (of: WeightedGrader): string => JSON.stringify(given(of).sort())
  return bare(a) === bare(b)
}

/** @param own the graders of the run. Rejects with one sentence where a grader cannot grade here. */
export async function gradeStep(
  report: StepReport, graders: readonly WeightedGrader[], own: readonly WeightedGrader[], algorithm: AlgorithmSpec, tools: GraderTools = {},
): Promise<Graded> {
  const completions = report.groups.flatMap((group) => group.completions)
  const scores = await Promise.all(graders.map(async (grader) => {
    const known = own.find((of) => sameGrader(of, grader))
    return known ? completions.map((completion) => completion.scores[nameOf(known)] ?? null) : gradeAnew(report, grader, tools)
  }))
  const besides = Object.keys(BESIDES).filter((name) => completions.some((completion) => completion.scores[name] !== undefined))
  const weight = (name: string): number => Number((algorithm as unknown as Record<string, unknown>)[BESIDES[name]!] ?? 0)
  return {
    scores: [...scores, ...besides.map((name) => completions.map((completion) => completion.scores[name] ?? null))],
    names: [...graders.map(nameOf), ...besides],
    weights: [...graders.map((grader) => grader.weight), ...besides.map(weight)],
  }
}

async function gradeAnew({ groups }: StepReport, spec: WeightedGrader, tools: GraderTools): Promise<(number | null)[]> {
  if (groups.some(({ answer }) => answer === undefined))
    throw new Error(say`This step was recorded without its answers, so nothing can be graded anew; weights and rewards by hand can be
      changed.`)
  const grader = createGrader(spec, tools)
  const ways = groups.flatMap((group) => group.completions.map((completion) => submissionsOf(group, completion)))
  const scores = await gradeAll(grader, ways.flat())
  let next = 0
  return ways.map((of) => meanOf(scores.slice(next, (next += of.length))))
}

function submissionsOf({ answer = '', item }: GroupRecord, { text, finish, trajectories }: CompletionRecord): Submission[] {
  const ends = trajectories?.map(({ rounds }) => rounds.at(-1)!) ?? [{ text, finish }]
  return ends.map((end) => ({ text: end.text, finish: end.finish, answer, item }))
}
