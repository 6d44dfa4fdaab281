/** The first question of a run, known before any model is: examples are pure functions of the spec. */
import { createGrader } from '../graders/index'
import { parseSpec, taskKindOf } from '../runs/spec'
import { motivated, statedRules } from '../tasks/motivation'
import { roundPrompt, type RoundPrompts } from '../tasks/task'
import type { Draft } from './draft'

/** Undefined while the draft is not a spec; what is wrong with it is said when play is pressed. */
export function firstQuestion(draft: Draft): { prompt: string; solution: string } | undefined {
  try {
    const { task: chosen, algorithm, seed, motivation, graders } = parseSpec(draft)
    const bare = taskKindOf(chosen).create(chosen)
    const rules = statedRules(undefined, motivation, bare, graders.map((grader) => createGrader(grader)))
    const task = motivated(bare, rules)
    const example = task.example('train', 0, seed)
    const chat = 'rounds' in algorithm && task.rounds
      ? roundPrompt(task.rounds, algorithm.prompts ?? task.rounds.prompts, example, { round: 1, rounds: algorithm.rounds })
      : task.prompt(example)
    return { prompt: chat.map(({ content }) => content).join('\n\n'), solution: task.solution(example) }
  } catch {
    return undefined
  }
}

/** The task's own prompts of several rounds; undefined where it has none, or while the draft is not a spec. */
export function ownPrompts(draft: Draft): RoundPrompts | undefined {
  try {
    const { task: chosen } = parseSpec(draft)
    return taskKindOf(chosen).create(chosen).rounds?.prompts
  } catch {
    return undefined
  }
}

/** What the prompts of a draft state of its scoring: made from the graders, or the sentence that says why it cannot be. */
export function statedBy(draft: Draft): { text: string } | { problem: string } | undefined {
  try {
    const { task: chosen, motivation, graders } = parseSpec(draft)
    const text = statedRules(undefined, motivation && { ...motivation, text: undefined }, taskKindOf(chosen).create(chosen), graders.map((grader) => createGrader(grader)))
    return text === undefined ? undefined : { text }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}
