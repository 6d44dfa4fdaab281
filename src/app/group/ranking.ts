/** A finished group as it is shown: ranked by reward, with the place where the group's mean falls between two completions. */
import type { CompletionRecord, GroupRecord, StepReport } from '../../rl/report'
import { later, say } from '../words/say'

export interface Ranked {
  completions: CompletionRecord[]
  /** Where each of them stands in the record. */
  places: number[]
  mean: number
  /** How many completions lie above the mean; the mean's line is drawn after them. */
  above: number
  /** All rewards are equal: nothing to learn from. */
  silent: boolean
  /** The largest |advantage|, for the bars. */
  reach: number
}

export function rank(group: GroupRecord): Ranked {
  const places = group.completions.map((_, i) => i).sort((a, b) => group.completions[b]!.reward - group.completions[a]!.reward)
  const completions = places.map((place) => group.completions[place]!)
  const mean = completions.reduce((sum, { reward }) => sum + reward, 0) / Math.max(1, completions.length)
  const silent = completions.every(({ reward }) => reward === completions[0]?.reward)
  const reach = Math.max(0, ...completions.map(({ advantage }) => Math.abs(advantage)))
  const above = silent ? completions.length : completions.filter(({ reward }) => reward > mean).length
  return { completions, places, mean, above, silent, reach }
}

/** The report whose groups are shown: the wanted step's, else the last one that has groups. */
export function shownReport(reports: readonly StepReport[], step: number | 'latest'): StepReport | undefined {
  const wanted = step === 'latest' ? undefined : reports.find((report) => report.step === step && report.groups.length > 0)
  return wanted ?? reports.findLast((report) => report.groups.length > 0)
}

/** The nearest step with groups before (−1) or after (+1) this one. */
export function neighbour(reports: readonly StepReport[], step: number, way: -1 | 1): number | undefined {
  const withGroups = reports.filter((report) => report.groups.length > 0).map((report) => report.step)
  return way < 0 ? withGroups.findLast((other) => other < step) : withGroups.find((other) => other > step)
}

const SMALL = [
  later`no`, later`one`, later`two`, later`three`, later`four`, later`five`, later`six`, later`seven`, later`eight`, later`nine`,
  later`ten`, later`eleven`, later`twelve`,
]

/** 8 → "eight"; from 13 on, digits. */
export function inWords(n: number): string {
  return say.of(SMALL[n] ?? String(n))
}
