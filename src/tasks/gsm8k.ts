/**
 * GSM8K: grade-school word problems (arXiv 2110.14168; 7,473 to train on, 1,319 to test with, MIT licence). The answer is the number
 * after #### without its commas, as the official code extracts it; <<48/2=24>> are notes for a calculator and dropped.
 */
import { z } from 'zod'
import { datasetTask, textOf, type Row } from './dataset'
import type { TaskKind } from './task'

const HUB = 'https://huggingface.co/datasets/openai/gsm8k/resolve/main/main'
const ABOUT = 'address or path of the %s problems: JSON lines, JSON or Parquet'

const settings = z.object({
  train: z.string().min(1).default(`${HUB}/train-00000-of-00001.parquet`).describe(ABOUT.replace('%s', 'training')),
  test: z.string().min(1).default(`${HUB}/test-00000-of-00001.parquet`).describe(ABOUT.replace('%s', 'test')),
})

function read(row: Row) {
  const worked = textOf(row, 'answer')
  const [, number] = /#### (-?[0-9.,]+)/.exec(worked) ?? []
  if (number === undefined) throw new Error('its “answer” has no #### with a number after it')
  const reasoning = worked.slice(0, worked.indexOf('####')).replace(/<<[^<>]*>>/g, '').trim()
  const steps = reasoning.split('\n').length
  const level = steps === 1 ? '1 step' : `${steps} steps`
  return { question: textOf(row, 'question'), answer: number.replaceAll(',', ''), reasoning, level }
}

export const gsm8k: TaskKind<typeof settings> = {
  name: 'gsm8k',
  title: 'GSM8K: grade-school word problems',
  settings,
  graders: [{ name: 'boxed', weight: 1 }],
  files: ({ train, test }) => [train, test],
  create: ({ train, test }, [trainBytes, testBytes] = []) =>
    datasetTask('gsm8k', { train: { address: train, bytes: trainBytes }, test: { address: test, bytes: testBytes } }, read),
}
