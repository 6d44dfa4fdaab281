import { expect, it } from 'vitest'
import type { StepReport } from '../rl/report'
import { forgetTokens } from './forget'

const report = (step: number, tokens: number): StepReport => {
  const row = Array.from({ length: tokens }, () => -1)
  const record = { sampled: [row], logprob: [row], entropy: [row], old: null, reference: null, advantages: [1], counts: [true], slope: [row] }
  return { step, metrics: { loss: 0 }, groups: [], resumable: true, ...(tokens > 0 && { tokens: record }) }
}
const kept = (reports: StepReport[]) => reports.filter(({ tokens }) => tokens).map(({ step }) => step)

it('keeps the token records of the latest steps, and every step', () => {
  const reports = [report(1, 40), report(2, 40), report(3, 0), report(4, 40)]
  expect(forgetTokens(reports, 80).map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(kept(forgetTokens(reports, 80))).toEqual([2, 4])
  expect(kept(forgetTokens(reports, 500))).toEqual([1, 2, 4])
})

it('never forgets the latest record, however long it is', () => {
  expect(kept(forgetTokens([report(1, 40), report(2, 400), report(3, 0)], 80))).toEqual([2])
})
