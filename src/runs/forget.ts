/** What a run keeps in memory of its steps: metrics and texts of all, the numbers of the tokens of the latest ones only. */
import type { StepReport } from '../rl/report'

/** Tokens whose numbers stay: about 25 MB. */
const KEPT = 500_000

/** The reports, without the token records of those before the last `kept` tokens; the latest record always stays. */
export function forgetTokens(reports: readonly StepReport[], kept = KEPT): StepReport[] {
  let [held, first] = [0, true]
  return reports
    .toReversed()
    .map((report) => {
      if (!report.tokens) return report
      held += report.tokens.sampled.reduce((sum, row) => sum + row.length, 0)
      if (held <= kept || first) {
        first = false
        return report
      }
      const rest = { ...report }
      delete rest.tokens
      return rest
    })
    .reverse()
}
