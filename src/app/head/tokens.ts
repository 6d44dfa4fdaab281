/** Tokens so far: those that the model wrote for training, or, where it writes none (SFT), those that it was trained on. */
import type { StepReport } from '../../rl/report'

export function tokensOf(reports: readonly StepReport[]): number {
  const { generated_tokens: written = 0, num_tokens: read = 0 } = reports.at(-1)?.metrics ?? {}
  return written > 0 ? written : read
}
