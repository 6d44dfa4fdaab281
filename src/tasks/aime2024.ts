/**
 * AIME 2024: the 30 problems of the American Invitational Mathematics Examination I and II of that year; to evaluate with, never to
 * train on. Answers are whole numbers from 0 to 999 and compared as such: "025" is 25.
 */
import { z } from 'zod'
import { datasetTask, textOf } from './dataset'
import type { Row } from './dataset-rows'
import type { TaskKind } from './task'

const settings = z.object({
  test: z
    .string()
    .min(1)
    .default('https://huggingface.co/datasets/HuggingFaceH4/aime_2024/resolve/main/data/train-00000-of-00001.parquet')
    .describe('address or path of the problems: JSON lines, JSON or Parquet'),
})

function read(row: Row) {
  const answer = String(row.answer).trim()
  if (!/^\d{1,3}$/.test(answer)) throw new Error(`its “answer” is ${JSON.stringify(row.answer)} and no whole number from 0 to 999`)
  return { question: textOf(row, 'problem'), answer: String(Number(answer)), reasoning: textOf(row, 'solution') }
}

export const aime2024: TaskKind<typeof settings> = {
  name: 'aime2024',
  title: 'AIME 2024: 30 hard problems, to evaluate with',
  settings,
  graders: [{ name: 'boxed', weight: 1 }],
  files: ({ test }) => [test],
  create: ({ test }, [bytes] = []) => datasetTask({ name: 'aime2024', test: { address: test, bytes }, read }),
}
