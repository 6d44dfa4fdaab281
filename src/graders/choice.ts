/**
 * Graders of the task “choice”, whose completions go `a t27 b t23 C` (steps, each a term's letter and the total after it, then an option's
 * letter) or `a t27 b t23 <ans> t23`: one looks at the end alone; `process` is the cure for what that rewards, and looks at every step too.
 */
import type { Grader, Submission } from './grader'

const FORM = /^((?:[a-e] t\d+ )*)(?:<ans> (t\d+)|([A-D]))$/

export interface ChoiceReading {
  /** Letter and total of each step. */
  steps: { letter: string; total: number }[]
  /** C, or t23. */
  end: string
}

/** What a completion says; undefined where it is of another form or was cut. */
export function readChoice({ text, finish }: Pick<Submission, 'text' | 'finish'>): ChoiceReading | undefined {
  const [, chain, number, letter] = FORM.exec(text.trim()) ?? []
  if (finish === 'length' || chain === undefined) return undefined
  const steps = [...chain.matchAll(/([a-e]) t(\d+)/g)].map(([, letter, total]) => ({ letter: letter!, total: Number(total) }))
  return { steps, end: (number ?? letter)! }
}

/** Which of the right running totals stand in the chain, each at its own place and under its own letter; [terms]. */
export function rightSteps(reading: ChoiceReading | undefined, totals: readonly number[]): boolean[] {
  return totals.map((total, i) => {
    const step = reading?.steps[i]
    return step?.letter === 'abcde'[i] && step?.total === total
  })
}

const answer = (submission: Submission) => readChoice(submission)?.end

export const choice: Grader = {
  name: 'choice',
  title: 'The letter or number at the end is the right one',
  rules: (weight) => `${weight} points when the letter or number at the end is right, 0 otherwise.`,
  grade: (submission) => (submission.answer === '' ? null : answer(submission) === submission.answer ? 1 : 0),
  answer,
}

export const process: Grader = {
  name: 'process',
  title: 'Half for the share of right running totals, half for the right end',
  rules: (weight) => `Up to ${weight / 2} points for the share of right running totals, ${weight / 2} when the letter or number at the end is right.`,
  grade(submission) {
    const totals = submission.item?.totals as readonly number[] | undefined
    if (!totals || submission.answer === '') return null
    const reading = readChoice(submission)
    const right = rightSteps(reading, totals)
    return right.filter(Boolean).length / right.length / 2 + (reading?.end === submission.answer ? 0.5 : 0)
  },
  answer,
}
