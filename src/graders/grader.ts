/** What a grader is: a pure function of one completion and the task's answer, with a score in [0, 1]. The spec gives its weight. */

export interface Submission {
  /** The completion, decoded without special tokens. */
  text: string
  /** The task's answer to this example; empty where the task has none. */
  answer: string
  /** Whether the model ended the completion itself or the token limit did. */
  finish: 'stop' | 'length'
}

export interface Grader {
  name: string
  /** One line for people who choose. */
  title: string
  /** Score in [0, 1]; null when there is nothing to score against. */
  grade(submission: Submission): number | null
  /** What the completion answers, for votes; the answer slot when left out. */
  answer?(submission: Submission): string | undefined
}

/** White space at the ends dropped, inside made one space. */
export function normalise(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/**
 * The text of the last slot `<tag> … </tag>`, without white space at its ends; undefined without one. A slot that nothing closes
 * ends with the completion, but only where the model itself ended it: a slot that the token limit cut says nothing.
 */
export function lastSlot({ text, finish }: Pick<Submission, 'text' | 'finish'>, tag: string): string | undefined {
  const [open, close] = [`<${tag}>`, `</${tag}>`]
  const start = text.lastIndexOf(open)
  if (start < 0) return undefined
  const body = text.slice(start + open.length)
  const end = body.indexOf(close)
  if (end < 0 && finish === 'length') return undefined
  return (end < 0 ? body : body.slice(0, end)).trim()
}

/** The text of the last `<ans> … </ans>`, as lastSlot finds it, in one line. */
export function answerSlot(submission: Pick<Submission, 'text' | 'finish'>): string | undefined {
  const slot = lastSlot(submission, 'ans')
  return slot === undefined ? undefined : normalise(slot)
}
