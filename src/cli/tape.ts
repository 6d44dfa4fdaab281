/** --record FILE: what a run tells, as a recording for the page. */
import { writeFileSync } from 'node:fs'
import type { Evaluation, StepReport } from '../rl/report'
import { nameOf } from '../runs/library/entry'
import { writeRecording } from '../runs/library/recording'
import type { RunSpec } from '../runs/spec'
import { BadInput } from './arguments'

export interface Tape {
  opened(device: string): void
  report(report: StepReport): void
  evaluation(evaluation: Evaluation): void
  /** Writes the file; what it says of it. */
  write(): string
}

/** Steps whose tokens are held until the end, of the whole run. */
const TOLD = 12

/** @param step of an earlier run that this one goes on from: a recording begins at the beginning */
export function startTape(file: string, spec: RunSpec, step: number): Tape {
  if (step > 0) throw new BadInput(`--record begins with the first step, and --out holds ${step} steps already; choose another --out.`)
  const reports: StepReport[] = []
  const evaluations: Evaluation[] = []
  const every = Math.ceil(spec.steps / TOLD)
  const day = new Date().toISOString().slice(0, 10)
  let about = day
  return {
    opened: (device) => { about = `${day}, ${device}` },
    report({ tokens, ...report }) {
      const told = tokens && (report.step % every === 0 || report.step === 1 || report.step === spec.steps)
      reports.push(told ? { ...report, tokens } : report)
    },
    evaluation: (evaluation) => { evaluations.push(evaluation) },
    write() {
      const bytes = writeRecording({ name: nameOf(spec), about, spec, reports, evaluations })
      writeFileSync(file, bytes)
      return `a recording of ${(bytes.length / 1000).toFixed(0)} kB is in ${file}`
    },
  }
}
