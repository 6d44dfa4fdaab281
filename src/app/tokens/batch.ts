/** A batch of rollouts and the optimizer steps that learn from it; where a group's rows stand in their records. */
import type { GroupRecord, StepReport } from '../../rl/report'

/** The step that sampled `report`'s groups and those that used them again, as far as they have kept their tokens. */
export function updatesOf(reports: readonly StepReport[], report: StepReport): StepReport[] {
  const from = reports.indexOf(report)
  const next = reports.findIndex((other, i) => i > from && other.groups.length > 0)
  return reports.slice(from, next < 0 ? undefined : next).filter(({ tokens }) => tokens !== undefined)
}

/** Rows come in the order of the groups and their completions. */
export function firstRow(groups: readonly GroupRecord[], question: number): number {
  return groups.slice(0, question).reduce((sum, { completions }) => sum + completions.length, 0)
}
