/**
 * Held-out accuracy: the task's test examples 0 … problems − 1, the same for every seed, one completion each; right is what the
 * grader “exact” gives 1. The share comes with Wilson's 95 % interval. Its random numbers have a purpose of their own, so that
 * evaluating more or less often changes nothing in the training.
 */
import { graders } from '../graders/index'
import type { Context, Position } from './algorithm'
import { wilson } from './math/statistics'
import type { Evaluation } from './report'
import { rollOut } from './rollouts'

export interface EvaluationSettings {
  problems: number
  /** 0 is greedy. */
  temperature: number
  max_completion_length: number
}

/** Prompts of one sample call; the split changes no result, because each prompt has its own number in the key. */
const CHUNK = 100

export async function evaluate(context: Context, settings: EvaluationSettings, position: Position): Promise<Evaluation> {
  const { problems, temperature } = settings
  let correct = 0
  let tokens = 0
  for (let start = 0; start < problems; start += CHUNK) {
    const examples = Array.from({ length: Math.min(CHUNK, problems - start) }, (_, i) => context.task.example('test', start + i))
    const { scores, rows } = await rollOut(
      { ...context, graders: [{ ...graders.exact, weight: 1 }], onGroup: undefined },
      examples,
      {
        n: 1,
        maxTokens: settings.max_completion_length,
        temperature,
        key: { seed: context.seed, purpose: 'evaluation', step: position.step, prompt: start },
      },
    )
    correct += scores[0]!.filter((score) => score === 1).length
    tokens += rows.reduce((sum, { completion }) => sum + completion.length, 0)
  }
  return {
    step: position.step,
    problems,
    correct,
    accuracy: correct / problems,
    ...wilson(correct, problems),
    temperature,
    meanLength: tokens / problems,
    numTokens: position.generatedTokens,
  }
}
