/**
 * Mathematical equality beside Math-Verify 0.9 and TRL's accuracy_reward, on pairs made of MATH500's answers; and MATH500's own answers
 * beside each other. Where we differ from TRL's reward the pair is printed with the reason.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boxed } from './boxed'
import { sameLatex } from './latex/equal'
import { math } from './math'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const path = join(SHARED, 'golden/graders/math_verify.json')
const rowsPath = join(SHARED, 'data/math500/test.jsonl')

interface Case {
  kind: string
  gold: string
  answer: string
  verify: boolean
  trl_accuracy_reward: number | null
}
const present = existsSync(path) && existsSync(rowsPath)
const { cases } = (present ? JSON.parse(readFileSync(path, 'utf8')) : { cases: [] }) as { cases: Case[] }
const golds = present ? readFileSync(rowsPath, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { answer: string }).answer) : []

describe.skipIf(!present)(`mathematical equality${present ? '' : `: skipped, ${path} or ${rowsPath} is not there (set ETUDE_SHARED)`}`, () => {
  const score = (from: 'text' | 'latex', { gold, answer }: Case) => math.create({ from }, {}).grade({ text: answer, answer: gold, finish: 'stop' })

  it('judges every pair as Math-Verify does', () => {
    expect(cases.length).toBeGreaterThan(90)
    expect(cases.filter((of) => score('text', of) !== Number(of.verify))).toEqual([])
  })

  it('judges as TRL’s reward where LaTeX alone counts, but for a right answer that it gives nothing', () => {
    const differing = cases.filter((of) => of.trl_accuracy_reward !== null && score('latex', of) !== of.trl_accuracy_reward)
    for (const { gold, answer, trl_accuracy_reward: trl } of differing)
      console.log(`TRL ${trl}, here ${trl === 0 ? 1 : 0}: ${gold} | ${answer}; Math-Verify itself takes it, with a set that TRL's parsing drops`)
    expect(differing.every(({ verify, trl_accuracy_reward }) => verify && trl_accuracy_reward === 0)).toBe(true)
    expect(differing.length).toBeLessThanOrEqual(1)
  })

  it('takes in the box what Math-Verify takes', () => {
    const inBox = cases.filter(({ answer }) => answer.includes('\\boxed'))
    expect(inBox.filter((of) => boxed.grade({ text: of.answer, answer: of.gold, finish: 'stop' }) !== Number(of.verify))).toEqual([])
  })

  it('finds every answer of MATH500 equal to itself, and to no other of another value', () => {
    expect(golds).toHaveLength(500)
    expect(golds.filter((gold) => !sameLatex(gold, gold))).toEqual([])
    const distinct = [...new Set(golds)]
    const whole = (text: string) => /^-?\d+$/.test(text)
    const units = (text: string) => text.replace(/\\!|\^\\circ|\\\$|\\mbox\{.*|_\d+|^x=| /g, '').replace(/\\frac(\d)(\d)/, '\\frac{$1}{$2}')
    const sorted = (text: string) => units(text).split(',').toSorted().join()
    const equal = distinct.flatMap((a) => distinct.filter((b) => a < b && !(whole(a) && whole(b)) && sameLatex(a, b)).map((b) => [a, b] as const))
    expect(equal.length).toBeGreaterThan(5)
    // what is called equal differs in units, in spelling or in the order of a list alone
    expect(equal.filter(([a, b]) => sorted(a) !== sorted(b) && units(a).replaceAll(',', '') !== units(b).replaceAll(',', ''))).toEqual([])
    expect(sameLatex('(2,\\infty)', '(2,4)')).toBe(false)
  }, 20_000)
})
