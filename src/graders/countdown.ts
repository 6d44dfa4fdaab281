/**
 * 1 when the last <answer> slot holds an expression of + − * / and brackets that uses each given number once, no other, and has the
 * target's value (within 1e-5, as TinyZero has it, for fractions on the way); else 0. The task's answer is one such expression:
 * its numbers are the given ones, its value is the target.
 */
import { readArithmetic } from './expression'
import { lastSlot, type Grader } from './grader'

const NEAR = 1e-5

export const countdown: Grader = {
  name: 'countdown',
  title: 'The expression in <answer> uses each number once and gives the target',
  grade(submission) {
    const right = readArithmetic(submission.answer)
    if (!right) return null
    const found = readArithmetic(lastSlot(submission, 'answer') ?? '')
    const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b).join()
    return found && sorted(found.numbers) === sorted(right.numbers) && Math.abs(found.value - right.value) < NEAR ? 1 : 0
  },
  answer: (submission) => lastSlot(submission, 'answer')?.replace(/\s+/g, ''),
}
