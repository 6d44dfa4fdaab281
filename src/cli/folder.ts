/**
 * The folder of a run: spec.json, steps.jsonl, rollouts.jsonl, eval.jsonl, checkpoint, and at the end summary.json and adapter/.
 * The checkpoint is behind the other files by up to some seconds of work; a run that goes on cuts them back to it first, so that
 * they end as those of an unbroken run.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Evaluation, StepReport } from '../rl/report'
import { readCheckpoint } from '../runs/checkpoint'
import { evaluationLine, rolloutLines, stepLine, summaryText } from '../runs/journal'
import type { Summary } from '../runs/run'
import { parseSpec, type RunSpec } from '../runs/spec'
import { BadInput } from './arguments'

export interface RunFolder {
  /** Where an earlier run of the same spec stopped. */
  checkpoint?: Uint8Array
  /** Optimizer steps and evaluations that the folder holds. */
  step: number
  report(report: StepReport): void
  evaluation(evaluation: Evaluation): void
  /** Drops what was written of later steps than this one, and of later evaluations. */
  rewind(step: number, evaluations: readonly Evaluation[]): void
  saveCheckpoint(bytes: Uint8Array): void
  finish(summary: Summary, adapter: Record<string, Uint8Array>): void
}

/** Throws BadInput when the folder is of another spec; `steps` may differ, so that a run can be made longer. */
export function openFolder(path: string, spec: RunSpec): RunFolder {
  const at = (name: string) => join(path, name)
  const old = existsSync(at('spec.json')) ? readSpec(at('spec.json')) : undefined
  if (old) refuseOther(path, old, spec)
  mkdirSync(path, { recursive: true })
  writeFileSync(at('spec.json'), JSON.stringify(spec, null, 2) + '\n')

  const checkpoint = existsSync(at('checkpoint')) ? new Uint8Array(readFileSync(at('checkpoint'))) : undefined
  const saved = checkpoint && readCheckpoint(checkpoint)
  const step = saved?.position.step ?? 0
  if (step > spec.steps) {
    throw new BadInput(`${path} holds a run of ${step} steps, and the spec asks for ${spec.steps}; choose another --out, or more steps.`)
  }
  const rewind = (step: number, evaluations: readonly Evaluation[]) => {
    for (const name of ['steps.jsonl', 'rollouts.jsonl']) {
      const lines = existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n') : []
      writeFileSync(at(name), lines.filter((line) => stepOf(line) <= step).map((line) => line + '\n').join(''))
    }
    writeFileSync(at('eval.jsonl'), evaluations.map(evaluationLine).join(''))
  }
  rewind(step, saved?.evaluations ?? [])
  rmSync(at('summary.json'), { force: true })

  return {
    ...(checkpoint && { checkpoint }),
    step,
    report(report) {
      appendFileSync(at('rollouts.jsonl'), rolloutLines(report))
      appendFileSync(at('steps.jsonl'), stepLine(report))
    },
    evaluation(evaluation) {
      appendFileSync(at('eval.jsonl'), evaluationLine(evaluation))
    },
    rewind,
    saveCheckpoint(bytes) {
      writeFileSync(at('checkpoint.new'), bytes)
      renameSync(at('checkpoint.new'), at('checkpoint')) // never half of one
    },
    finish(summary, adapter) {
      mkdirSync(at('adapter'), { recursive: true })
      for (const [name, bytes] of Object.entries(adapter)) writeFileSync(join(at('adapter'), name), bytes)
      writeFileSync(at('summary.json'), summaryText(spec, summary))
    },
  }
}

function readSpec(file: string): RunSpec {
  try {
    return parseSpec(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new BadInput(`${file} is not a run's (${(error as Error).message}); choose another --out.`)
  }
}

function refuseOther(path: string, old: RunSpec, spec: RunSpec): void {
  for (const key of Object.keys(spec) as (keyof RunSpec)[]) {
    if (key === 'steps' || isDeepStrictEqual(old[key], spec[key])) continue
    const [was, is] = [JSON.stringify(old[key]), JSON.stringify(spec[key])]
    throw new BadInput(`${path} holds a run of another spec: its ${key} is ${was}, this one's is ${is}; choose another --out.`)
  }
}

/** Of a line of JSON; a line that was cut off counts as beyond every step. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step: number }).step
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
