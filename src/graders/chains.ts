/**
 * The answer of a chain of thought for the bundled model of the task “chains”, by the mode that was asked for: the total after <ans> of
 * `a05 b02 c10 </think><ans> 10`, the letter there, or what the program `a+05 b-03 c+08` comes to. Anything else answers nothing.
 */
import type { Grader, Submission } from './grader'

const THOUGHT = /^(?:[a-h]\d\d)*<\/think><ans>(\d\d|[A-D])$/

/** What a program's instructions (a letter, then a signed number of two digits to add) come to from 0; undefined where it is none. */
export function interpret(program: string): number | undefined {
  if (!/^(?:[a-h][+-]\d\d)+$/.test(program)) return undefined
  return program.match(/[+-]\d\d/g)!.reduce((total, amount) => total + Number(amount), 0)
}

function answer({ text, finish, item }: Submission): string | undefined {
  const written = text.replace(/\s/g, '')
  if (finish === 'length') return undefined
  if (item?.mode === 'P') {
    const value = interpret(written)
    return value === undefined ? undefined : String(value).padStart(2, '0')
  }
  const [, end] = THOUGHT.exec(written) ?? []
  return end !== undefined && (item?.mode === 'M') === /[A-D]/.test(end) ? end : undefined
}

export const chains: Grader = {
  name: 'chains',
  title: 'The total, letter or program of the task chains is right',
  rules: (weight) => `${weight} points when your total, letter or program is right, 0 when it is wrong or cannot be read.`,
  grade: (submission) => (submission.answer === '' ? null : answer(submission) === submission.answer ? 1 : 0),
  answer,
}
