import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { evaluationOf, reportOf } from '../runs/library/contract.fixture'
import { readRecording } from '../runs/library/recording'
import { parseSpec } from '../runs/spec'
import { startTape } from './tape'

it('makes a recording of what a run tells, and of a whole run only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'etude-tape-'))
  try {
    const file = join(folder, 'run.json.gz')
    const tape = startTape(file, parseSpec({ steps: 30 }), 0)
    tape.opened('a GPU')
    tape.evaluation(evaluationOf(0))
    for (let step = 1; step <= 30; step++) tape.report(reportOf(step))
    expect(tape.write()).toMatch(/recording of \d+ kB/)
    const { name, about, reports, evaluations } = readRecording(new Uint8Array(readFileSync(file)))
    expect([name, reports.length, evaluations.length, about?.endsWith(', a GPU')]).toEqual(['GRPO on Ledger, seed 0', 30, 1, true])
    const told = reports.filter(({ tokens }) => tokens).map(({ step }) => step)
    expect([told.length > 1, told.length <= 8, told.every((step) => step === 1 || step % 3 === 0)]).toEqual([true, true, true])
    expect(() => startTape(file, parseSpec({}), 5)).toThrow(/holds 5 steps/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
