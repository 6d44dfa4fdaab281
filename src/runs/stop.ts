/** When a run ends, and when it is evaluated: rules of its spec on where it stands. */
import type { Position } from '../rl/algorithm'
import type { Evaluation } from '../rl/report'
import type { RunSpec, StopSpec } from './spec'

/** How far a run has come. */
export interface Standing {
  position: Position
  /** Running time so far. */
  seconds: number
  evaluations: readonly Evaluation[]
}

/** Its last step, or one of the spec's stop rules. */
export type Ending = 'steps' | Exclude<keyof StopSpec, 'not_finite'>

/** What ends the run here; undefined while it goes on. */
export function endingOf({ steps, stop }: RunSpec, { position, seconds, evaluations }: Standing): Ending | undefined {
  if (position.step >= steps) return 'steps'
  if (stop.tokens !== undefined && position.generatedTokens >= stop.tokens) return 'tokens'
  if (stop.seconds !== undefined && seconds >= stop.seconds) return 'seconds'
  if (stop.patience === undefined || evaluations.length <= stop.patience) return undefined
  const accuracies = evaluations.map(({ accuracy }) => accuracy)
  const before = Math.max(...accuracies.slice(0, -stop.patience))
  return accuracies.slice(-stop.patience).every((accuracy) => accuracy <= before) ? 'patience' : undefined
}

/** Whether to evaluate here: at the start, every so many steps or tokens and at the end, once for each of these. */
export function evaluationDue({ evaluation, steps }: RunSpec, { position, evaluations }: Standing, ended: boolean): boolean {
  const { every, every_tokens, problems, at_start } = evaluation
  const { step, generatedTokens } = position
  const last = evaluations.at(-1)
  const spent = every_tokens !== undefined && Math.floor(generatedTokens / every_tokens) > Math.floor((last?.numTokens ?? 0) / every_tokens)
  const due = step === 0 ? at_start : ended || spent || step === steps || (every > 0 && step % every === 0)
  return due && problems > 0 && !evaluations.some((evaluation) => evaluation.step === step)
}
