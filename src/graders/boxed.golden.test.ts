/** `boxed` beside Math-Verify on MATH500's answers: it may miss what is equal, but never takes what is wrong. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boxed } from './boxed'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const path = join(SHARED, 'golden/graders/math_verify.json')

interface Case {
  kind: string
  gold: string
  answer: string
  verify: boolean
}

function read(): Case[] | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }).cases
  } catch {
    return undefined
  }
}
const cases = read()

describe.skipIf(!cases)(`boxed and Math-Verify (${path}; set ETUDE_SHARED)`, () => {
  const score = ({ gold, answer }: Case) => boxed.grade({ text: answer, answer: gold, finish: 'stop' })

  it('takes every answer in its own box', () => {
    const same = cases!.filter(({ kind }) => kind === 'same')
    expect(same.length).toBeGreaterThan(10)
    expect(same.filter((of) => score(of) !== 1)).toEqual([])
  })

  it('takes nothing that is wrong', () => {
    const wrong = cases!.filter(({ kind, verify }) => kind === 'wrong' && !verify)
    expect(wrong.length).toBeGreaterThan(10)
    expect(wrong.filter((of) => score(of) === 1)).toEqual([])
  })
})
