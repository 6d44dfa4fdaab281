/**
 * GSM8K's official rule (grade_school_math/dataset.py): what stands behind the first "#### " as digits, points and commas, without the
 * commas, is letter for letter the right answer: "#### 1,600 dollars" is 1600, but 1600.0 is not.
 */
import type { Grader } from './grader'

/** undefined where no marker is followed by a number. */
export function markedNumber(text: string): string | undefined {
  return /#### (-?[0-9.,]+)/.exec(text)?.[1]?.replaceAll(',', '')
}

export const gsm8k: Grader = {
  name: 'gsm8k',
  title: 'The number after #### is the right one, by GSM8K’s rule',
  rules: (weight) => `The number after “#### ” counts as your answer: ${weight} points when it is right, written in digits alone, else 0.`,
  grade: ({ text, answer }) => (answer.trim() === '' ? null : markedNumber(text) === answer ? 1 : 0),
  answer: ({ text }) => markedNumber(text),
}
