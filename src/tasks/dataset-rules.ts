/**
 * How the answer of a data set's question is asked for and judged: what the system's turn says, what a solution looks like, which grader
 * decides, and which answers a row may have.
 */
import { z } from 'zod'
import type { WeightedGrader } from '../graders/index'
import { TRIGGER } from '../graders/reft'
import type { DatasetExample } from './dataset'
import type { Message, Task } from './task'
import { form, oneRound, roundsBy } from './wording'

export const RULES = ['boxed', 'numeric', 'letter', 'exact', 'gsm8k', 'reft', 'program'] as const
export type Rule = (typeof RULES)[number]

/** A task's setting of that name. */
export const ruleSetting = (usual: Rule) =>
  z
    .enum(RULES)
    .default(usual)
    .describe(
      'how answers are judged: boxed, by their meaning in LaTeX; numeric, as numbers; letter; exact, as text; ' +
        'gsm8k, the digits after ####; reft, what follows “Therefore, the answer is:”, without a chat form; ' +
        'program, what the Python function solution() returns, likewise',
    )

/** The parts of a task that depend on its rule. */
type Asked = Pick<Task<DatasetExample>, 'prompt' | 'solution' | 'rounds' | 'raw'>

interface Judged {
  graders(tolerance: number): WeightedGrader[]
  /** What is wrong with a row's answer; undefined when nothing is. */
  wrong?(answer: string): string | undefined
  ask(): Asked
}

const HEAD = /^def solution\(\):\n(?: {4}"""[^]*?"""\n)?/

const question = ({ question }: DatasetExample) => question

function chat(system: string, { system: own, question }: DatasetExample): Message[] {
  const text = own ?? system
  return text === '' ? [{ role: 'user', content: question }] : [{ role: 'system', content: text }, { role: 'user', content: question }]
}

/** The answer in a slot of its own, within tags. */
function inTags(tag: string, slot: string, write: (answer: string) => string): Asked {
  return {
    prompt: (example) => chat(oneRound(tag, slot), example),
    solution: ({ reasoning, answer }) => form(reasoning, tag, write(answer)),
    rounds: roundsBy(tag, slot, question),
  }
}

const isNumber = (answer: string) => (/^[-+]?(?:\d[\d,]*\.?\d*|\.\d+)$/.test(answer) ? undefined : 'no number')
const box = (what: string) => () => inTags('answer', `the answer, with ${what} in \\boxed{}`, (answer) => `\\boxed{${answer}}`)

const MARK = 'Work the problem out step by step. End with a line that holds “#### ” and the result, a number in digits alone.'

export const rules: Record<Rule, Judged> = {
  boxed: { graders: () => [{ name: 'boxed', weight: 1 }], ask: box('the final result') },
  numeric: {
    graders: (tolerance) => [{ name: 'number', weight: 1, which: 'boxed', tolerance }],
    wrong: isNumber,
    ask: box('the final number'),
  },
  letter: {
    graders: () => [{ name: 'letter', weight: 1 }],
    wrong: (answer) => (/^[a-z]$/i.test(answer) ? undefined : 'no letter'),
    ask: box('the letter of the right option'),
  },
  exact: { graders: () => [{ name: 'exact', weight: 1 }], ask: () => inTags('ans', 'the answer and nothing else', (answer) => answer) },
  gsm8k: {
    graders: () => [{ name: 'gsm8k', weight: 1 }],
    wrong: (answer) => (/^-?[\d.]+$/.test(answer) ? undefined : 'no number in digits'),
    ask: () => ({
      prompt: (example) => chat(MARK, example),
      solution: ({ reasoning, answer }) => `${reasoning === '' ? '' : `${reasoning}\n`}#### ${answer}`,
    }),
  },
  reft: {
    graders: () => [{ name: 'reft', weight: 1 }],
    ask: () => ({
      raw: true,
      prompt: ({ question }) => [{ role: 'user', content: `Question:\n${question}\nAnswer reasoning:\n` }],
      solution: ({ reasoning, answer }) => `${reasoning}\n${TRIGGER} ${answer}`,
    }),
  },
  program: {
    graders: (tolerance) => [{ name: 'program', weight: 1, tolerance }],
    wrong: isNumber,
    ask: () => ({
      raw: true,
      prompt: ({ question }) => [{ role: 'user', content: `Question:\n${question}\nAnswer reasoning:\ndef solution():\n    """${question}"""\n` }],
      // what comes after the program's head, which the prompt ends with
      solution: ({ reasoning, answer }) =>
        HEAD.test(reasoning) ? reasoning.replace(HEAD, '') : `    return ${answer.replaceAll(',', '')}`,
    }),
  },
}
