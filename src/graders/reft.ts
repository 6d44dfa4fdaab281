/**
 * ReFT's reward for a chain of thought in words (arXiv 2401.08967, §3): 1 when what follows the last "Therefore, the answer is:" is right,
 * to within 0.01 for a number and letter for letter otherwise; 0.1 when it is a number, but a wrong one; 0 when nothing was
 * answered. As in the paper a wrong letter is worth nothing (the released code gives 0.1 there for any text).
 */
import type { Grader } from './grader'
import { numbersIn } from './number'

export const TRIGGER = 'Therefore, the answer is:'
const NEAR = 0.01
const NUMERIC = /^-?[\d.,]+$/

/** The text after the trigger, in its line. */
function answerOf({ text }: { text: string }): string | undefined {
  const at = text.lastIndexOf(TRIGGER)
  const line = at < 0 ? '' : text.slice(at + TRIGGER.length).trim().split('\n')[0]!.trim()
  return line === '' ? undefined : line.replace(/[.]$/, '')
}

export const reft: Grader = {
  name: 'reft',
  title: 'The answer after “Therefore, the answer is:”, by ReFT’s rule',
  rules: (weight) =>
    `What follows “${TRIGGER}” counts as your answer: ${weight} points when it is right, ${weight / 10} when it is a wrong number, else 0.`,
  grade(submission) {
    const [given, right] = [answerOf(submission), submission.answer.trim()]
    if (right === '') return null
    if (given === undefined) return 0
    if (!NUMERIC.test(right)) return given.toLowerCase() === right.toLowerCase() ? 1 : 0
    const [value] = numbersIn(given)
    if (value === undefined) return 0
    return Math.abs(value - Number(right.replaceAll(',', ''))) <= NEAR ? 1 : 0.1
  },
  answer: (submission) => answerOf(submission),
}
