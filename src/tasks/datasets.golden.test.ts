/**
 * The real data sets: every row is read, and graded highest for its own solution, by each rule that fits it; GSM8K's official rule takes
 * the gold text of every row. The counts are printed.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boxed } from '../graders/boxed'
import { gsm8k as official } from '../graders/gsm8k'
import { createGrader } from '../graders/index'
import { readRows } from './dataset-rows'
import { RULES, type Rule } from './dataset-rules'
import { gsm8k } from './gsm8k'
import { mathqa, mathqaNumeric } from './mathqa'
import { math500 } from './math500'
import { svamp } from './svamp'
import type { TaskKind } from './task'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const data = join(SHARED, 'data')
const names = ['gsm8k', 'svamp', 'math500', 'reft'].filter((name) => existsSync(join(data, name)))
const absent = names.length < 4
const read = (path: string) => new Uint8Array(readFileSync(path))

/** Files that hold questions: their set's task. */
function kindOf(path: string): TaskKind {
  if (path.includes('mathqa-numeric')) return mathqaNumeric
  return [mathqa, svamp, gsm8k, math500].find(({ name }) => path.toLowerCase().slice(data.length).includes(name))!
}

const files = names.flatMap((name) =>
  readdirSync(join(data, name))
    .filter((file) => /\.jsonl?$/.test(file) && !file.includes('python')) // programs are the sandbox's
    .map((file) => join(data, name, file)),
)

describe.skipIf(absent)(`data sets (${data}; set ETUDE_SHARED${absent ? '; skipped, some are not there' : ''})`, () => {
  it('are all there', () => {
    expect(files.length).toBeGreaterThanOrEqual(9)
  })

  it.each(files)('%s: every row’s solution is graded highest, by each rule that fits', async (path) => {
    const kind = kindOf(path)
    const bytes = read(path)
    const rows = readRows(bytes, path).length
    const usual = kind.settings.parse({}).rule as Rule | undefined
    const counts: Record<string, number> = {}
    for (const rule of usual === undefined ? [undefined] : RULES.filter((rule) => rule !== 'program')) {
      const settings = kind.settings.parse({ test: path, rule })
      let task
      try {
        // the row's own file is the test set, whatever it was made for
        task = kind.create(settings, kind.name === 'gsm8k' ? [bytes, bytes] : [bytes])
      } catch (error) {
        expect((error as Error).message).toContain(`which the rule “${rule}” asks for`)
        continue
      }
      const graders = (kind.gradersFor?.(settings) ?? kind.graders).map((spec) => createGrader(spec))
      let right = 0
      for (let i = 0; i < rows; i++) {
        const example = task.example('test', i)
        const submission = { text: task.solution(example), answer: example.answer, item: example.item, finish: 'stop' as const }
        for (const grader of graders) if ((await grader.grade(submission)) === (grader.max ?? 1)) right++
      }
      counts[rule ?? 'its own'] = right
      expect(right, `rows right by ${rule}`).toBe(rows)
    }
    console.log(`${path.slice(data.length + 1)}: ${rows} rows; right by ${Object.entries(counts).map(([rule, n]) => `${rule} ${n}`).join(', ')}`)
    expect(counts).toHaveProperty(usual ?? 'its own')
  }, 30_000)

  it('has an official rule for GSM8K that takes the gold text of every row', () => {
    const rows = files.filter((path) => path.startsWith(join(data, 'gsm8k'))).flatMap((path) => readRows(read(path), path))
    expect(rows).toHaveLength(8792)
    const right = rows.filter((row) => {
      const text = String(row.answer)
      const answer = official.answer!({ text, answer: '', finish: 'stop' })
      return answer !== undefined && official.grade({ text, answer, finish: 'stop' }) === 1
    })
    console.log(`GSM8K's own texts: ${right.length} of ${rows.length} right by the official rule`)
    expect(right).toHaveLength(rows.length)
  })

  it('has solutions in MATH500 that end in a box which is graded 1', () => {
    const rows = readRows(read(join(data, 'math500/test.jsonl')), 'math500')
    const wrong = rows.filter(({ solution, answer }) => boxed.grade({ text: String(solution), answer: String(answer), finish: 'stop' }) !== 1)
    expect(wrong.map(({ unique_id }) => unique_id)).toEqual([])
  })

  it('asks every training question of GSM8K once an epoch, and no test question', () => {
    const [train, test] = ['train', 'test'].map((split) => join(data, 'gsm8k', `${split}.jsonl`)) as [string, string]
    const task = gsm8k.create({ train, test, rule: 'boxed' }, [read(train), read(test)])
    const questions = Array.from({ length: 7473 }, (_, i) => task.rounds!.question(task.example('train', i)))
    const held = new Set(Array.from({ length: 1319 }, (_, i) => task.rounds!.question(task.example('test', i))))
    expect(new Set(questions).size).toBe(7473)
    expect(questions.filter((question) => held.has(question))).toEqual([])
  })
})

const golden = join(SHARED, 'golden/graders/gsm8k.json')

describe.skipIf(!existsSync(golden))(`GSM8K's official rule (${golden}; set ETUDE_SHARED)`, () => {
  const { cases } = (existsSync(golden) ? JSON.parse(readFileSync(golden, 'utf8')) : { cases: [] }) as {
    cases: { gold: string; completion: string; gold_extracted: string; extracted: string; correct: boolean }[]
  }

  it.each(cases)('$completion for $gold', ({ gold, completion, gold_extracted, extracted, correct }) => {
    const rows = new TextEncoder().encode(JSON.stringify([{ question: 'q', answer: gold }]))
    const { answer } = gsm8k.create({ train: 'train', test: 'test', rule: 'gsm8k' }, [rows, rows]).example('test', 0)
    expect(answer).toBe(gold_extracted)
    const submission = { text: completion, answer, finish: 'stop' as const }
    expect(official.answer!(submission) ?? '[invalid]').toBe(extracted)
    expect(official.grade(submission)).toBe(Number(correct))
  })
})
