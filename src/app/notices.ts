/** What a reader of the curves should be told before they wonder: the known ways in which a run stops learning (one sentence each). */
import { countsErrors } from '../graders/failures'
import type { StepReport } from '../rl/report'
import { percent } from './format'

const RECENT = 3

/** The most pressing notice of the last steps, or undefined while all is well. */
export function notice(reports: readonly StepReport[]): string | undefined {
  const recent = reports.slice(-RECENT)
  if (recent.length === 0) return undefined
  const mean = (name: string): number => recent.reduce((sum, { metrics }) => sum + (metrics[name] ?? 0), 0) / recent.length

  const { metrics, trouble } = recent.at(-1)!
  if (trouble !== undefined) {
    const failed = Object.entries(metrics).reduce((sum, [name, count]) => sum + (countsErrors(name) ? count : 0), 0)
    return `${failed} completions of this step could not be graded and got 0. The last of them: ${trouble}`
  }
  const cut = mean('completions/clipped_ratio')
  if (cut > 0.5 && mean('reward') < 0.05) {
    return `${percent(cut)} of the completions are cut off before they answer: raise the completion length under “more settings”.`
  }
  if (recent.length === RECENT && recent.every(({ metrics }) => metrics.frac_reward_zero_std === 1)) {
    return mean('reward') > 0.5
      ? 'Every answer is right, so no group has anything left to teach: make the task harder, or stop here.'
      : 'No group has both better and worse answers, so there is nothing to learn from: make the task easier, or sample more completions.'
  }
  if (recent.length === RECENT && recent.every(({ metrics }) => metrics.grad_norm === 0)) {
    return 'The gradient has been exactly zero for three steps: the model is not being changed. Look at the silent groups.'
  }
  return undefined
}
