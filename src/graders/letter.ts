/**
 * 1 when the letter that a completion chooses is the right one, else 0: the letter in the last \boxed{}, with or without what
 * it stands for ("C", "(c)", "c ) 30"); without a box the one after the last "answer is" or "Answer:"; or a completion that is a letter alone.
 */
import { lastBox } from './boxed'
import type { Grader } from './grader'

/** In lower case; undefined where none is chosen. */
export function chosenLetter(text: string): string | undefined {
  if (text.includes('\\boxed')) return letterOf(lastBox(text) ?? '')
  const said = [...text.matchAll(/\banswer(?:\s+is)?\s*:?\s*\**\(?([a-z])(?![a-z0-9'’])/gi)].at(-1)?.[1]
  return said?.toLowerCase() ?? letterOf(text)
}

function letterOf(text: string): string | undefined {
  const plain = text.replace(/\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}/g, '$1').trim()
  return /^\(?([a-z])(?:\s*[).:]|$)/i.exec(plain)?.[1]!.toLowerCase()
}

export const letter: Grader = {
  name: 'letter',
  title: 'The chosen letter is the right one',
  rules: (weight) => `The letter that you choose counts, best in \\boxed{}: ${weight} points when it is the right one, else 0.`,
  grade: ({ text, answer }) => (answer.trim() === '' ? null : chosenLetter(text) === answer.trim().toLowerCase() ? 1 : 0),
  answer: ({ text }) => chosenLetter(text),
}
