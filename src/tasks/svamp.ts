/**
 * SVAMP: 1,000 short word problems that mislead who reads them carelessly (arXiv 2103.07191, MIT licence). An answer is right to within 0.01,
 * as ReFT's code has it. All rows of the original are for testing, unless a training file is named, such as ReFT's
 * warm-up set; both forms are read, {Body, Question, Answer, Type} and {question, answer_value, answer_cot}.
 */
import { z } from 'zod'
import { answerOf, datasetTask, reftRow, textOf } from './dataset'
import type { Row } from './dataset-rows'
import { ruleSetting, rules } from './dataset-rules'
import type { TaskKind } from './task'

const NEAR = 0.01

const settings = z.object({
  train: z.string().min(1).optional().describe('address or path of problems to train on, such as ReFT’s svamp_nl.json; none when left out'),
  test: z
    .string()
    .min(1)
    .default('https://raw.githubusercontent.com/arkilpatel/SVAMP/main/SVAMP.json')
    .describe('address or path of the test problems: JSON, JSON lines, CSV or Parquet'),
  rule: ruleSetting('numeric'),
})

function read(row: Row) {
  const reft = reftRow(row)
  if (reft) return reft
  const body = textOf(row, 'Body').trim()
  const level = row.Type === 'Common-Divison' ? 'Common-Division' : row.Type // as one row has it
  return {
    question: `${body}${/[.?!,]$/.test(body) ? '' : '.'} ${textOf(row, 'Question').trim()}`,
    answer: answerOf(row, 'Answer'),
    reasoning: typeof row.Equation === 'string' ? row.Equation : '',
    level: typeof level === 'string' ? level : undefined,
  }
}

export const svamp: TaskKind<typeof settings> = {
  name: 'svamp',
  title: 'SVAMP: short word problems that mislead',
  settings,
  graders: rules.numeric.graders(NEAR),
  gradersFor: ({ rule }) => rules[rule].graders(NEAR),
  files: ({ train, test }) => [test, ...(train === undefined ? [] : [train])],
  create: ({ train, test, rule }, [testBytes, trainBytes] = []) =>
    datasetTask({
      name: 'svamp',
      train: train === undefined ? undefined : { address: train, bytes: trainBytes },
      test: { address: test, bytes: testBytes },
      rule,
      read,
    }),
}
