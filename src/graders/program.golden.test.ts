/** The share of ReFT's programs for SVAMP that give their answer in the sandbox, and how long they take. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { program } from './program'
import { nodeSandbox } from './sandbox/node'
import { setSandbox } from './sandbox/session'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const path = join(SHARED, 'data/reft/svamp_python_sdp.json')

interface Row {
  item_id: string
  answer_cot: string
  answer_value: string
}

function read(): Row[] | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Row[]
  } catch {
    return undefined
  }
}
const rows = read()

describe.skipIf(!rows)(`ReFT's programs for SVAMP (${path}; set ETUDE_SHARED)`, () => {
  const box = nodeSandbox()
  beforeAll(() => setSandbox(() => box))
  afterAll(() => setSandbox(undefined))

  it('at least 99 % give their answer', async () => {
    const grader = program.create({ wrong: 0.1, tolerance: 1e-3, seconds: 20 }, {})
    const score = async ({ answer_cot, answer_value }: Row) => grader.grade({ text: answer_cot, answer: answer_value, finish: 'stop' })
    await score(rows![0]!)
    const start = performance.now()
    const scores = await Promise.all(rows!.map(score))
    const seconds = (performance.now() - start) / 1000
    const wrong = rows!.filter((_, i) => scores[i] !== 1).map(({ item_id }) => item_id)
    console.log(`${rows!.length - wrong.length} of ${rows!.length} programs give their answer, in ${seconds.toFixed(2)} s; not: ${wrong.join(', ')}`)
    expect(wrong.length).toBeLessThanOrEqual(rows!.length / 100)
  })
})
