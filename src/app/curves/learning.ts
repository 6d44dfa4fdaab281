/** The main chart in words. */
import type { Evaluation, StepReport } from '../../rl/report'
import { describeCurve, metricCurve } from './curve'
import { fixed } from '../format'
import { say } from '../words/say'

export function describeLearning(reports: readonly StepReport[], evaluations: readonly Evaluation[]): string {
  const reward = describeCurve(say`Reward`, metricCurve(reports, 'reward'), fixed)
  const accuracy = describeCurve(say`Held-out accuracy`, evaluations.map(({ step, accuracy: value }) => ({ step, value })), fixed)
  const last = evaluations.at(-1)
  const interval = last ? say` (last: ${last.correct} of ${last.problems}, 95 % interval ${fixed(last.low)} to ${fixed(last.high)})` : ''
  return `${reward}. ${accuracy}${interval}.`
}
