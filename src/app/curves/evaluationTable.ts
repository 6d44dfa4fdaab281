/** Evaluations as a table: each way of asking with all that it measured, the first evaluation beside the last. Only what exists. */
import type { Answers, Evaluation, Share } from '../../rl/report'
import { say } from '../words/say'

/** A share, with its interval where it has one; or a plain number. */
export type Cell = { share: number; low?: number; high?: number } | { value: number }

export interface Line {
  label: string
  hint: string
  before: Cell | undefined
  after: Cell
}

export interface Section {
  /** The variant's name; none for the evaluation itself. */
  name?: string
  /** How it asks, in words. */
  way: string
  lines: Line[]
}

/** One section for the evaluation itself and one for each of its variants. */
export function evaluationTable(first: Evaluation, last: Evaluation): Section[] {
  const same = first === last
  const section = (name: string | undefined, before: Answers | undefined, after: Answers): Section => ({
    name,
    way: wayOfAsking(after),
    lines: linesOf(after).map((line) => ({ ...line, before: same || !before ? undefined : find(linesOf(before), line.label) })),
  })
  return [
    section(undefined, first, last),
    ...Object.entries(last.variants ?? {}).map(([name, answers]) => section(name, first.variants?.[name], answers)),
  ]
}

/** “3 rounds, sampled at 0.8, 200 problems” */
export function wayOfAsking({ rounds, temperature, problems, generations }: Answers): string {
  const asked = generations > 1 ? say`${problems} problems × ${generations} answers` : say`${problems} problems`
  const way = temperature === 0 ? 'greedy' : say`sampled at ${temperature}`
  return `${rounds === 1 ? say`one round` : say`${rounds} rounds`}, ${way}, ${asked}`
}

type Reading = Omit<Line, 'before'>

function linesOf({ majority, rerank, weighted, passAt, measures, levels, notes, meanLength, generations, rounds, ...all }: Answers): Reading[] {
  return [
    { label: say`accuracy`, hint: say`Share of right answers, with Wilson’s 95 % interval.`, after: shareCell(all) },
    ...(majority
      ? [{ label: say`majority of ${generations}`, hint: say`Share of problems whose commonest answer among ${generations} is right.`,
        after: shareCell(majority) }]
      : []),
    ...(rerank
      ? [{ label: say`best of ${generations}`, hint: say`Share of problems where the answer that the reward model scores highest is
        right.`, after: shareCell(rerank) }]
      : []),
    ...(weighted
      ? [{ label: say`weighted vote`, hint: say`Share of problems where the answer is right that earns most, each of ${generations} weighed
        by the reward model’s score.`, after: shareCell(weighted) }]
      : []),
    ...Object.entries(passAt ?? {}).filter(([k]) => k !== '1').map(([k, share]) => ({
      label: `pass@${k}`, hint: say`Chance that at least one of ${k} answers is right (unbiased estimate).`, after: { share },
    })),
    ...Object.entries(measures ?? {}).map(([name, share]) => ({
      label: name, hint: say`Of the ${Math.round(share.of)} answers that it applies to.`, after: shareCell(share),
    })),
    ...Object.entries(levels ?? {}).map(([level, share]) => ({
      label: level, hint: say`Accuracy on the ${share.problems} problems of this level.`, after: shareCell(share),
    })),
    ...(notes
      ? [
          { label: say`notes left`, hint: say`Share of first rounds that leave a note.`, after: { share: notes.left } },
          ...(notes.right === undefined ? []
            : [{ label: say`notes right`, hint: say`Of these, the share that is right.`, after: { share: notes.right } }]),
        ]
      : []),
    { label: say`tokens`, hint: rounds > 1 ? say`Of one answer, all its rounds together.`
      : say`Of one answer.`, after: { value: meanLength } },
  ]
}

const shareCell = ({ accuracy, low, high }: Share): Cell => ({ share: accuracy, low, high })

const find = (lines: Reading[], label: string): Cell | undefined => lines.find((line) => line.label === label)?.after
