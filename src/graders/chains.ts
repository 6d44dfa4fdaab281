/**
 * The answer of a chain of thought for the bundled model of the task “chains”, by the mode that was asked for: the total after <ans> of
 * `a05 b02 c10 </think><ans> 10`, the letter there, or what the program `a+05 b-03 c+08` comes to. Anything else answers nothing.
 * ReFT's reward (arXiv 2401.08967, §3) is partial 0.1: 1 right, 0.1 wrong, 0 where nothing is answered.
 */
import { z } from 'zod'
import type { Grader, GraderKind, Submission } from './grader'

const settings = z.object({ partial: z.number().min(0).max(1).default(0).describe('of an answer that is read but wrong') })

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

export const chains: GraderKind<typeof settings> = {
  name: 'chains',
  title: 'The total, letter or program of the task chains is right',
  settings,
  create: ({ partial }): Grader => ({
    name: 'chains',
    title: 'The total, letter or program of the task chains is right',
    rules: (weight) =>
      `${weight} points when your total, letter or program is right, ${weight * partial} when it is wrong, 0 when it cannot be read.`,
    grade(submission) {
      if (submission.answer === '') return null
      const given = answer(submission)
      return given === undefined ? 0 : given === submission.answer ? 1 : partial
    },
    answer,
  }),
}
