/** Whether a lesson's runs showed what the lesson says. */
import { mean } from '../../rl/math/statistics'
import type { Evaluation, StepReport } from '../../rl/report'
import type { Expectation, Figure, Lesson } from './lesson'

/** What a run has told. */
export interface Told {
  reports: readonly Pick<StepReport, 'metrics'>[]
  evaluations: readonly Evaluation[]
}

export interface Verdict {
  says: string
  happened: boolean
  /** The figure and what it was compared with. */
  seen: number
  against: number
}

/** Steps that “first” and “last” are the mean over. */
const FEW = 3

/** One verdict for each expectation; `told` by the names of the lesson's runs. Throws where a figure is missing. */
export function happened(lesson: Lesson, told: ReadonlyMap<string, Told>): Verdict[] {
  return lesson.expects.map((expectation) => verdictOn(expectation, lesson, told))
}

/** The runs that an expectation speaks of, by name. */
export function runsOf({ figure, than }: Expectation, { runs }: Lesson): string[] {
  return [...new Set([figure, ...(than ? [than] : [])].map(({ run }) => run ?? runs[0]!.name))]
}

export function verdictOn(expectation: Expectation, { runs }: Lesson, told: ReadonlyMap<string, Told>): Verdict {
  const read = (figure: Figure) => valueOf(figure, told.get(figure.run ?? runs[0]!.name))
  return verdict(expectation, read(expectation.figure), expectation.than && read(expectation.than))
}

function verdict({ says, is, value, by }: Expectation, seen: number, other: number | undefined): Verdict {
  const against = other ?? value!
  return { says, seen, against, happened: is === 'above' ? seen > against + by : seen < against - by }
}

function valueOf({ run, metric, evaluation, variant, over }: Figure, told: Told | undefined): number {
  const missing = (what: string) => new Error(`the run ${run ?? 'of the lesson'} has told no ${what}`)
  if (!told) throw missing('figures at all')
  if (metric !== undefined) {
    const values = told.reports.flatMap(({ metrics }) => (metrics[metric] === undefined ? [] : [metrics[metric]]))
    const chosen = over === 'first' ? values.slice(0, FEW) : over === 'last' ? values.slice(-FEW) : values
    if (chosen.length === 0) throw missing(metric)
    return mean(chosen)
  }
  const asked = over === 'first' ? told.evaluations[0] : told.evaluations.at(-1)
  const answers = variant === undefined ? asked : asked?.variants?.[variant]
  const share = evaluation === 'majority' ? answers?.majority?.accuracy : answers?.accuracy
  if (share === undefined) throw missing(`${evaluation ?? 'accuracy'}${variant === undefined ? '' : ` of “${variant}”`}`)
  return share
}
