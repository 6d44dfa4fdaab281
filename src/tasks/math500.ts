/**
 * MATH500: 500 competition problems of MATH (arXiv 2103.03874) that arXiv 2305.20050 tests on; to evaluate with, never to train on. The
 * answer is the data set's own, LaTeX or a number; levels are 1 to 5.
 */
import { z } from 'zod'
import { datasetTask, textOf } from './dataset'
import type { Row } from './dataset-rows'
import type { TaskKind } from './task'

const settings = z.object({
  test: z
    .string()
    .min(1)
    .default('https://huggingface.co/datasets/HuggingFaceH4/MATH-500/resolve/main/test.jsonl')
    .describe('address or path of the problems: JSON lines, JSON or Parquet'),
})

function read(row: Row) {
  const { level } = row
  return {
    question: textOf(row, 'problem'),
    answer: textOf(row, 'answer'),
    reasoning: textOf(row, 'solution'),
    level: typeof level === 'number' || typeof level === 'string' ? `level ${level}` : undefined,
  }
}

export const math500: TaskKind<typeof settings> = {
  name: 'math500',
  title: 'MATH500: competition problems, to evaluate with',
  settings,
  graders: [{ name: 'boxed', weight: 1 }],
  files: ({ test }) => [test],
  create: ({ test }, [bytes] = []) => datasetTask({ name: 'math500', test: { address: test, bytes }, read }),
}
