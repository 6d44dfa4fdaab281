/** Tokens so far: those that the model wrote for training, or, where it writes none (SFT), those that it was trained on. */
import type { StepReport } from '../rl/report'

export function tokensOf(reports: readonly StepReport[]): number {
  const metrics = reports.at(-1)?.metrics
  return metrics?.generated_tokens ?? metrics?.num_tokens ?? 0
}
