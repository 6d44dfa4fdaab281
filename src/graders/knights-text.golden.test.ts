/** Logic-RL's own score of Knights and Knaves answers, case by case. There a response is the whole chat; the completion follows its header. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasKnightsForm, knightsAnswer, knightsFormat, knightsSlot, readRoles } from './knights-text'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const path = join(SHARED, 'golden/graders/knights.json')
const absent = !existsSync(path)
const { cases } = (absent ? { cases: [] } : JSON.parse(readFileSync(path, 'utf8'))) as {
  cases: {
    note: string
    solution_text_format: string
    response: string
    answer_text: string | null
    format_ok: boolean
    parsed: Record<string, string> | null
    score: number
  }[]
}

describe.skipIf(absent)(`Logic-RL's score${absent ? `: skipped, ${path} is not there (set ETUDE_SHARED)` : ''}`, () => {
  it.each(cases)('$note', (of) => {
    const header = of.response.indexOf('<|im_start|>assistant')
    const completion = header < 0 ? '' : of.response.slice(header) // without a header that code finds no answer, but still a form
    const formed = header < 0 ? of.response : completion
    const slot = knightsSlot(completion)
    expect(slot ?? null).toBe(of.answer_text)
    expect(hasKnightsForm(formed)).toBe(of.format_ok)
    const roles = slot === undefined ? undefined : readRoles(slot, of.solution_text_format)
    expect(roles ? Object.fromEntries(roles) : null).toEqual(of.parsed)
    const submission = { answer: of.solution_text_format, finish: 'stop' as const }
    const format = knightsFormat.grade({ ...submission, text: formed }) as number
    const answer = knightsAnswer.grade({ ...submission, text: completion }) as number
    expect(format + answer).toBe(of.score)
  })
})
