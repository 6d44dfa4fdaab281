/**
 * A lesson: one or two runs, three sentences, what to watch, a question; and what the runs are expected to show, in figures, so that
 * `npm run lessons` can say whether it did happen. Lessons are the JSON files beside this one, in the order of their names.
 */
import { z } from 'zod'

/** A figure of a finished run. Mean over the first three steps, the last three or all of them; of evaluations the first or the last. */
const figure = z.strictObject({
  run: z.string().optional().describe('the first run when left out'),
  metric: z.string().optional().describe('of the steps'),
  evaluation: z.enum(['accuracy', 'majority']).optional(),
  variant: z.string().optional().describe('of the evaluation'),
  over: z.enum(['first', 'last', 'all']).default('all'),
})

const expectation = z
  .strictObject({
    says: z.string().min(1),
    figure,
    is: z.enum(['above', 'below']),
    value: z.number().optional(),
    than: figure.optional().describe('another figure in place of a value'),
    by: z.number().min(0).default(0).describe('how far beyond the other figure at least'),
  })
  .refine(({ value, than }) => (value === undefined) !== (than === undefined), 'give a value or another figure, and not both')

const schema = z
  .strictObject({
    title: z.string().min(1),
    words: z.array(z.string().min(1)).length(3),
    watch: z.string().min(1),
    question: z.string().min(1),
    answer: z.string().min(1),
    runs: z.array(z.strictObject({ name: z.string().min(1), spec: z.record(z.string(), z.unknown()) })).min(1).max(2),
    expects: z.array(expectation).min(1),
  })
  .superRefine(({ runs, expects }, context) => {
    const names = new Set(runs.map(({ name }) => name))
    for (const { figure, than } of expects)
      for (const { run } of [figure, ...(than ? [than] : [])])
        if (run !== undefined && !names.has(run)) context.addIssue({ code: 'custom', message: `expects names the run “${run}”, which is not there` })
  })

export type Figure = z.output<typeof figure>
export type Expectation = z.output<typeof expectation>
export interface Lesson extends z.output<typeof schema> {
  /** The file's name without .json, such as 05-silent-groups. */
  id: string
  /** From 1. */
  number: number
}

/** Throws with the file's name and what is wrong in it. */
export function parseLesson(id: string, source: unknown, number: number): Lesson {
  const parsed = schema.safeParse(source)
  if (parsed.success) return { id, number, ...parsed.data }
  const { path, message } = parsed.error.issues[0]!
  throw new Error(`the lesson ${id} is not one: ${[...path, message].join(' ')}`)
}
