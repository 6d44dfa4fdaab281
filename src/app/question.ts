/** The first question of a run, known before any model is: examples are pure functions of the spec. */
import { parseSpec, taskKindOf } from '../runs/spec'
import type { Draft } from './draft'

/** Undefined while the draft is not a spec; what is wrong with it is said when play is pressed. */
export function firstQuestion(draft: Draft): { prompt: string; solution: string } | undefined {
  try {
    const { task: chosen, seed } = parseSpec(draft)
    const task = taskKindOf(chosen).create(chosen)
    const example = task.example('train', 0, seed)
    return { prompt: task.prompt(example).map(({ content }) => content).join('\n\n'), solution: task.solution(example) }
  } catch {
    return undefined
  }
}
