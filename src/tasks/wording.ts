/**
 * Prompts for chat models, in one round and in several. The structure of several rounds is MOTIF's (arXiv 2507.02851): the same
 * system text in every round; the user's turn is the question alone, then the question with the last round's progress, then
 * the same with word that this is the final round. The wording is ours.
 */
import { lastSlot } from '../graders/grader'
import type { Example, RoundPrompts, Rounds } from './task'

export const form = (reasoning: string, tag: string, slot: string) =>
  `<reasoning>\n${reasoning}\n</reasoning>\n<${tag}>\n${slot}\n</${tag}>\n`

const shape = (tag: string, slot: string) => form('your thoughts, step by step', tag, slot)

/** System text of a task of one round; `slot` says what the answer slot is to hold. */
export function oneRound(tag: string, slot: string): string {
  return `You answer questions, and always in this form:\n${shape(tag, slot)}`
}

function manyRounds(tag: string, slot: string): RoundPrompts {
  const [open, close] = [`<${tag}>`, `</${tag}>`]
  const middle = '{question}\n\nProgress in round {previous}: "{note}"'
  return {
    system:
      'You answer every question in {rounds} rounds. Each round has this form:\n' +
      shape(tag, 'your progress, in detail') +
      `Between two rounds everything is forgotten but what stands between ${open} and ${close}: the next round begins with the ` +
      'question and that progress, and goes on from there. When the user says that a round is the final one, write between ' +
      `${open} and ${close} ${slot}. Only that is judged.`,
    first: '{question}',
    middle,
    last: `${middle}\n\nThis is round {round} of {rounds}, the final one: give the final answer.`,
  }
}

/** Rounds whose note is the answer slot of the one before. */
export function roundsBy<E extends Example>(tag: string, slot: string, question: (example: E) => string): Rounds<E> {
  return {
    prompts: manyRounds(tag, slot),
    question,
    start: '',
    note: (completion) => (lastSlot(completion, tag) === '' ? undefined : lastSlot(completion, tag)),
  }
}
