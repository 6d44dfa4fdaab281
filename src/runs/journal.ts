/** What a run leaves behind: steps.jsonl, rollouts.jsonl, eval.jsonl (one JSON object a line) and summary.json. */
import type { Evaluation, StepReport } from '../rl/report'
import type { Summary } from './run'
import type { RunSpec } from './spec'

const line = (value: unknown) => JSON.stringify(value) + '\n'

/** A line of steps.jsonl: the step and its metrics, in TRL's names. step_time is the only one that two equal runs may differ in (and `seconds` of an evaluation). */
export function stepLine({ step, metrics, trouble }: StepReport): string {
  return line({ step, ...metrics, ...(trouble !== undefined && { trouble }) })
}

/**
 * Lines of rollouts.jsonl, one for each question of the step, with the trajectories that go on from each completion; the pieces are
 * left out, as the text says the same. `whole` lines keep them, and what graders compare with.
 */
export function rolloutLines({ step, groups }: StepReport, whole = false): string {
  return groups
    .map(({ prompt, solution, completions, ...rest }, question) =>
      line({
        step,
        question,
        prompt,
        solution,
        ...(whole && rest),
        completions: whole ? completions : completions.map(({ pieces: _, ...shown }) => shown),
      }),
    )
    .join('')
}

/** A line of eval.jsonl. */
export function evaluationLine(evaluation: Evaluation): string {
  return line(evaluation)
}

/** summary.json: where the run began and ended. */
export function summaryText(spec: RunSpec, { steps, evaluations, tokens, seconds, memory }: Summary): string {
  const [first, last] = [evaluations.at(0), evaluations.at(-1)]
  const counts = { steps, generated_tokens: tokens, seconds, ...(memory !== undefined && { device_bytes: memory }) }
  return JSON.stringify({ spec, ...counts, ...(first && { first, last }) }, null, 2) + '\n'
}
