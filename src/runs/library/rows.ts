/** A run's metrics as a table: CSV, and JSON lines with the keys that W&B and trackio log by (_step, _runtime, _timestamp). */
import { rolloutLines, stepLine, evaluationLine } from '../journal'
import type { KeptRun } from './library'

type Cell = string | number | undefined

/** The figures of a chart: columns, and a row for each point. */
export interface Figures {
  header: string[]
  rows: Cell[][]
}

/** RFC 4180: quotes where a cell needs them, doubled within. */
export function csv({ header, rows }: Figures): string {
  const cell = (value: Cell) => {
    const text = value === undefined ? '' : String(value)
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'
}

interface Row {
  step: number
  values: Record<string, number>
}

/** One row a step, what was measured then under evaluation/…; `seconds` is the running time, where it is known. */
function rowsOf({ reports, evaluations }: Pick<KeptRun, 'reports' | 'evaluations'>): Row[] {
  const rows = new Map<number, Record<string, number>>()
  const at = (step: number) => rows.get(step) ?? rows.set(step, {}).get(step)!
  for (const { step, metrics } of reports) Object.assign(at(step), metrics)
  for (const { step, accuracy, low, high, reward, meanLength, seconds } of evaluations) {
    Object.assign(at(step), {
      'evaluation/accuracy': accuracy, 'evaluation/low': low, 'evaluation/high': high, 'evaluation/mean_length': meanLength,
      ...(reward !== undefined && { 'evaluation/reward': reward }), seconds,
    })
  }
  return [...rows].sort(([a], [b]) => a - b).map(([step, values]) => ({ step, values }))
}

export function metricsCsv(run: Pick<KeptRun, 'reports' | 'evaluations'>): string {
  const rows = rowsOf(run)
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))]
  return csv({ header: ['step', ...names], rows: rows.map(({ step, values }) => [step, ...names.map((name) => values[name])]) })
}

/** What reads it: `for line in open(path): row = json.loads(line); wandb.log(row, step=row['_step'])`. */
export function metricsJsonl(run: KeptRun): string {
  let runtime = 0
  return rowsOf(run).map(({ step, values: { seconds, ...values } }) => {
    runtime = seconds ?? runtime + (values.step_time ?? 0)
    const named = Object.entries(values).map(([name, value]) => [name.startsWith('evaluation/') ? name : `train/${name}`, value])
    const known = { _step: step, _runtime: runtime, _timestamp: run.entry.created / 1000 + runtime }
    return JSON.stringify({ ...known, ...Object.fromEntries(named) as object }) + '\n'
  }).join('')
}

/** The three journals of a run's folder. */
export function journalsOf({ reports, evaluations }: KeptRun): Record<string, string> {
  return {
    'steps.jsonl': reports.map(stepLine).join(''),
    'rollouts.jsonl': reports.map((report) => rolloutLines(report, true)).join(''),
    'eval.jsonl': evaluations.map(evaluationLine).join(''),
  }
}
