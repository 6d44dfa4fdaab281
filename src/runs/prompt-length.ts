/** How long a run's questions are, known before its model is opened: the plan of its memory asks for it. */
import { createGrader } from '../graders/index'
import { loadTokenizer } from '../rl/tokenizer'
import { motivated, statedRules } from '../tasks/motivation'
import { openTask } from './context'
import type { RunSpec } from './spec'

/** Questions that are looked at. */
export const ASKED = 32

/** Tokens of the longest of the run's first ASKED questions, their rules included; `file` gives the text of a model's file. */
export async function longestPrompt(spec: RunSpec, file: (path: string) => Promise<string>): Promise<number> {
  const [tokenizer, task] = await Promise.all([loadTokenizer(file), openTask(spec.task)])
  const graders = spec.motivation ? spec.graders.map((grader) => createGrader(grader, {})) : []
  const asked = motivated(task, statedRules(undefined, spec.motivation, task, graders))
  const questions = Array.from({ length: ASKED }, (_, i) => asked.prompt(asked.example('train', i, spec.seed)))
  return Math.max(...questions.map((messages) => tokenizer.prompt(messages, asked.raw).length))
}
