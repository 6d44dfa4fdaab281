/**
 * GSM8K: grade-school word problems (arXiv 2110.14168; 7,473 to train on, 1,319 to test with, MIT licence). The answer is the number
 * after #### without its commas, as the official code extracts it; <<48/2=24>> are notes for a calculator and dropped. ReFT's file of
 * the same questions is read too.
 */
import { z } from 'zod'
import { markedNumber } from '../graders/gsm8k'
import { datasetTask, reftRow, textOf } from './dataset'
import type { Row } from './dataset-rows'
import { ruleSetting, rules } from './dataset-rules'
import type { TaskKind } from './task'

const HUB = 'https://huggingface.co/datasets/openai/gsm8k/resolve/main/main'
const ABOUT = 'address or path of the %s problems: JSON lines, JSON or Parquet'

const settings = z.object({
  train: z.string().min(1).default(`${HUB}/train-00000-of-00001.parquet`).describe(ABOUT.replace('%s', 'training')),
  test: z.string().min(1).default(`${HUB}/test-00000-of-00001.parquet`).describe(ABOUT.replace('%s', 'test')),
  rule: ruleSetting('boxed'),
})

function read(row: Row) {
  const reft = reftRow(row)
  if (reft) return reft
  const worked = textOf(row, 'answer')
  const number = markedNumber(worked)
  if (number === undefined) throw new Error('its “answer” has no #### with a number after it')
  const reasoning = worked.slice(0, worked.indexOf('####')).replace(/<<[^<>]*>>/g, '').trim()
  const steps = reasoning.split('\n').length
  return { question: textOf(row, 'question'), answer: number, reasoning, level: steps === 1 ? '1 step' : `${steps} steps` }
}

export const gsm8k: TaskKind<typeof settings> = {
  name: 'gsm8k',
  title: 'GSM8K: grade-school word problems',
  settings,
  graders: rules.boxed.graders(0),
  gradersFor: ({ rule }) => rules[rule].graders(0),
  files: ({ train, test }) => [train, test],
  create: ({ train, test, rule }, [trainBytes, testBytes] = []) =>
    datasetTask({ name: 'gsm8k', train: { address: train, bytes: trainBytes }, test: { address: test, bytes: testBytes }, rule, read }),
}
