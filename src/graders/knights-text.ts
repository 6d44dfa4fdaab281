/**
 * Logic-RL's score of a Knights and Knaves answer in words (github.com/Unakar/Logic-RL, verl/utils/reward_score/kk.py), which MeRF takes
 * over (arXiv 2506.18485): format ±1; and 2 when every role is right, -1.5 when the roles can be read but are not right, -2 when
 * they cannot be read or the format is wrong. So 3, -0.5, -1 and -3 in all. An answer is read by that code's rule: the words knight
 * and knave stand in it as often as there are people, plurals counted too, and each person "is a" one.
 */
import type { Grader } from './grader'

const TAGS = ['<think>', '</think>', '<answer>', '</answer>']

/** Whether each tag stands there once, in their order. */
export function hasKnightsForm(text: string): boolean {
  const places = TAGS.map((tag) => (text.split(tag).length === 2 ? text.indexOf(tag) : NaN))
  return places.every((place, i) => i === 0 ? place >= 0 : place >= places[i - 1]!)
}

/** What stands in the last answer slot; undefined without a closed one. */
export function knightsSlot(text: string): string | undefined {
  return [...text.matchAll(/<answer>(.*?)<\/answer>/gs)].at(-1)?.[1]!.trim()
}

/** Role by name, from lines such as “(1) Zoey is a knight”. */
function solutionOf(answer: string): Map<string, string> {
  const roles = answer.split('\n').map((line) => /\b([A-Za-z]+)\b.*?\b(knight|knave)\b/i.exec(line))
  return new Map(roles.flatMap((found) => (found ? [[found[1]!, found[2]!.toLowerCase()]] : [])))
}

/** The roles that an answer gives to the people of a solution, in its order; undefined where they cannot be read. */
export function readRoles(slot: string, solution: string): Map<string, string> | undefined {
  const names = [...solutionOf(solution).keys()]
  if ((slot.match(/knight|knave/gi) ?? []).length !== names.length) return undefined
  const roles = new Map<string, string>()
  for (const name of names) {
    const [, role] = new RegExp(`\\b${name}\\b\\s+is\\s+a\\s+\\b(knight|knave)\\b`, 'i').exec(slot) ?? []
    if (role === undefined) return undefined
    roles.set(name, role.toLowerCase())
  }
  return roles
}

export const knightsFormat: Grader = {
  name: 'knights_format',
  title: 'Thoughts in <think>, then the answer in <answer>: 1 or -1',
  rules: (weight) =>
    `Format: ${weight} points when <think>, </think>, <answer> and </answer> each stand once and in this order, ${-weight} otherwise.`,
  grade: ({ text }) => (hasKnightsForm(text) ? 1 : -1),
}

export const knightsAnswer: Grader = {
  name: 'knights_answer',
  title: 'Who is a knight: 2 right, -1.5 wrong, -2 unreadable',
  max: 2,
  rules: (weight) =>
    `Answer: ${2 * weight} points when every role is right, ${-1.5 * weight} when every person has a role but not every role is right, ` +
    `${-2 * weight} when the answer cannot be read (write “NAME is a knight” or “NAME is a knave” for each person, and neither word elsewhere) ` +
    'or the format is wrong.',
  grade({ text, answer }) {
    if (answer === '') return null
    const roles = hasKnightsForm(text) ? readRoles(knightsSlot(text) ?? '', answer) : undefined
    if (!roles) return -2
    return [...solutionOf(answer)].every(([name, role]) => roles.get(name) === role) ? 2 : -1.5
  },
  answer({ text, answer }) {
    const roles = readRoles(knightsSlot(text) ?? '', answer)
    return roles && [...roles.values()].join(' ')
  },
}
