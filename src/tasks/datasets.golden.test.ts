/** The real data sets: every row is read, and graded 1 for its own solution, ours and the data set's. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boxed } from '../graders/boxed'
import { createGrader } from '../graders/index'
import { readRows } from './dataset'
import { gsm8k } from './gsm8k'
import { tasks } from './index'
import type { Task, TaskKind } from './task'

const SHARED = process.env.ETUDE_SHARED ?? join(import.meta.dirname, '../../../shared')
const folder = (name: string) => join(SHARED, 'data', name)
const kinds = Object.values<TaskKind>(tasks).filter((kind) => 'files' in kind)
const found = existsSync(join(SHARED, 'data')) ? readdirSync(join(SHARED, 'data')) : []

/** The task on the files of its folder, `train.jsonl` and `test.jsonl`. */
function open(kind: TaskKind): { task: Task; rows: Record<'train' | 'test', number> } {
  const paths = Object.fromEntries(Object.keys(kind.settings.shape).map((split) => [split, join(folder(kind.name), `${split}.jsonl`)]))
  const files = kind.files!(kind.settings.parse(paths)).map((path) => new Uint8Array(readFileSync(path)))
  const count = (split: string) => (paths[split] ? readRows(files[Object.keys(paths).indexOf(split)]!, split).length : 0)
  return { task: kind.create(kind.settings.parse(paths), files), rows: { train: count('train'), test: count('test') } }
}

describe.each(kinds)('$name', (kind) => {
  it.skipIf(!found.includes(kind.name))(`gives every row's solution its graders' maximum (${folder(kind.name)}; set ETUDE_SHARED)`, async () => {
    const { task, rows } = open(kind)
    expect(rows.test).toBeGreaterThan(400)
    for (const split of ['train', 'test'] as const)
      for (let i = 0; i < rows[split]; i++) {
        const example = task.example(split, i)
        const submission = { text: task.solution(example), answer: example.answer, item: example.item, finish: 'stop' as const }
        for (const grader of kind.graders.map((spec) => createGrader(spec)))
          if ((await grader.grade(submission)) !== (grader.max ?? 1)) expect(example).toBe(`graded highest by ${grader.name}`)
      }
    if (rows.train > 0) {
      const questions = Array.from({ length: rows.train }, (_, i) => task.rounds!.question(task.example('train', i)))
      expect(new Set(questions).size).toBe(rows.train) // an epoch asks every question once, and no test question is among them
    }
  })
})

describe.skipIf(!found.includes('math500'))(`math500's own solutions (${folder('math500')}; set ETUDE_SHARED)`, () => {
  it('end in a box that is graded 1', () => {
    const rows = readRows(new Uint8Array(readFileSync(join(folder('math500'), 'test.jsonl'))), 'math500')
    const score = (text: string, answer: string) => boxed.grade({ text, answer, finish: 'stop' })
    const wrong = rows.filter(({ solution, answer }) => score(String(solution), String(answer)) !== 1)
    expect(wrong.map(({ unique_id }) => unique_id)).toEqual([])
  })
})

const golden = join(SHARED, 'golden/graders/gsm8k.json')

describe.skipIf(!existsSync(golden))(`gsm8k's official extraction (${golden}; set ETUDE_SHARED)`, () => {
  it('is ours', () => {
    const { cases } = JSON.parse(readFileSync(golden, 'utf8')) as { cases: { gold: string; gold_extracted: string }[] }
    const rows = new TextEncoder().encode(JSON.stringify(cases.map(({ gold }) => ({ question: 'q', answer: gold }))))
    const task = gsm8k.create({ train: 'train', test: 'test' }, [rows, rows])
    expect(cases.map((_, i) => task.example('test', i).answer)).toEqual(cases.map(({ gold_extracted }) => gold_extracted))
  })
})
