/**
 * Data: any table of questions and answers, by address or path: JSON lines, a JSON array, CSV or Parquet; which columns hold what, how
 * the prompt reads and how answers are judged, the settings say. Two files are two splits; of one file a share of the questions is
 * held out by the hash of their text.
 */
import { z } from 'zod'
import { answerOf, datasetTask, type DatasetExample } from './dataset'
import type { Row } from './dataset-rows'
import { ruleSetting, rules } from './dataset-rules'
import { fill, type TaskKind } from './task'

const column = (what: string) => z.string().min(1).optional().describe(`column with ${what}; none when left out`)

const settings = z.object({
  train: z.string().min(1).default('train.jsonl').describe('address or path of the rows: JSON lines, JSON, CSV or Parquet'),
  test: z.string().min(1).optional().describe('address or path of the test rows; a share of train when left out'),
  test_share: z.number().min(0).lt(1).default(0.1).describe('share of the questions that is held out, where there are no test rows'),
  question: z.string().min(1).default('question').describe('column with the question'),
  answer: z.string().min(1).default('answer').describe('column with the right answer'),
  solution: column('the way to the answer'),
  level: column('the level, which evaluations count apart'),
  system: column('the system’s turn, in place of the rule’s own'),
  prompt: z.string().min(1).default('{question}').describe('the prompt; {column} stands for a column’s text, {question} for the question'),
  rule: ruleSetting('boxed'),
  tolerance: z.number().min(0).default(0).describe('how far a numeric answer may be from the right one'),
})

const shownAs = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

type Settings = z.output<typeof settings>

const reader = (chosen: Settings) =>
  function read(row: Row): DatasetExample {
    const text = (name: string) => {
      if (!(name in row)) throw new Error(`it has no column “${name}”, only ${Object.keys(row).slice(0, 12).map((key) => `“${key}”`).join(', ')}`)
      return answerOf(row, name)
    }
    const maybe = (name: string | undefined) => (name === undefined || row[name] === null || row[name] === '' ? undefined : text(name))
    const columns = Object.fromEntries(Object.keys(row).map((name) => [name, shownAs(row[name])]))
    return {
      question: fill(chosen.prompt, { ...columns, question: text(chosen.question) }),
      answer: chosen.rule === 'gsm8k' ? text(chosen.answer).replace(/^[^]*#### /, '').replaceAll(',', '') : text(chosen.answer),
      reasoning: maybe(chosen.solution) ?? '',
      level: maybe(chosen.level),
      system: maybe(chosen.system),
    }
  }

export const data: TaskKind<typeof settings> = {
  name: 'data',
  title: 'Data: questions and answers of a file or of the Hub',
  settings,
  graders: rules.boxed.graders(0),
  gradersFor: ({ rule, tolerance }) => rules[rule].graders(tolerance),
  files: ({ train, test }) => [train, ...(test === undefined ? [] : [test])],
  create: (chosen, [trainBytes, testBytes] = []) =>
    datasetTask({
      name: 'data',
      train: { address: chosen.train, bytes: trainBytes },
      test: chosen.test === undefined ? undefined : { address: chosen.test, bytes: testBytes },
      testShare: chosen.test_share,
      rule: chosen.rule,
      read: reader(chosen),
    }),
}
