/** A look at a task before it runs: its first examples as the model and the graders will see them. */
import type { Message, Split, Task } from './task'

export interface PreviewRow {
  split: Split
  /** 0 is the first. */
  number: number
  prompt: Message[]
  answer: string
  solution: string
  level: string | undefined
}

/** The first `count` examples of a split, fewer where it has no more; of a split without any, none. */
export function preview(task: Task, split: Split, count = 10, seed = 0): PreviewRow[] {
  const rows: PreviewRow[] = []
  while (rows.length < count) {
    const number = rows.length
    let example
    try {
      example = task.example(split, number, seed)
    } catch (error) {
      if (number > 0 || split === 'train') return rows // a file has come to its end, or is there to test with alone
      throw error
    }
    rows.push({ split, number, prompt: task.prompt(example), answer: example.answer, solution: task.solution(example), level: task.level?.(example) })
  }
  return rows
}

/** The same as text for a terminal; long texts are cut in the middle. */
export function previewText(rows: PreviewRow[]): string {
  const cut = (text: string) => (text.length > 400 ? `${text.slice(0, 280)} … ${text.slice(-110)}` : text).trim().replaceAll('\n', '\n    ')
  return rows
    .map(({ split, number, prompt, answer, solution, level }) =>
      [
        `${split} ${number + 1}${level === undefined ? '' : ` (${level})`}`,
        ...prompt.map(({ role, content }) => `  ${role}: ${cut(content)}`),
        `  right answer: ${answer}`,
        `  solution: ${cut(solution)}`,
      ].join('\n'),
    )
    .join('\n\n')
}
