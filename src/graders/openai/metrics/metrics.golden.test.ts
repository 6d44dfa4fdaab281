/** Every text metric against the libraries themselves. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cosine } from './cosine'
import { metrics } from './index'
import { rougeL, rougeN, type Rouge } from './rouge'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../../../shared')
const file = join(SHARED, 'golden/graders/text_similarity.json')

interface Case {
  input: string
  reference: string
  scores: Record<string, number | null | Rouge>
}

describe.skipIf(!existsSync(file))(`text metrics of the libraries (${file}; set ETUDE_SHARED)`, () => {
  const { cases } = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] }) : { cases: [] }
  const names = [...new Set(cases.flatMap(({ scores }) => Object.keys(scores)))]

  it('holds cases, and we know all its metrics', () => {
    expect(cases.length).toBeGreaterThan(20)
    expect(Object.keys(metrics).sort()).toEqual(names.sort())
  })

  it.each(names)('%s', (name) => {
    for (const { input, reference, scores } of cases) {
      const theirs = scores[name]!
      const where = `${name} of ${JSON.stringify([input, reference])}`
      if (theirs === null) expect(cosine(input, reference), where).toBeUndefined()
      else {
        const number = typeof theirs === 'object' ? theirs.f : theirs
        expect(Math.abs(metrics[name]!(input, reference) - number), where).toBeLessThan(1e-9)
      }
      if (theirs !== null && typeof theirs === 'object') {
        const n = Number(name.at(-1))
        const ours = n ? rougeN(input, reference, n) : rougeL(input, reference)
        for (const part of ['precision', 'recall', 'f'] as const) expect(Math.abs(ours[part] - theirs[part]), where).toBeLessThan(1e-9)
      }
    }
  })
})
