/** Every data set in every format, from a file on disk to examples: the same rows give the same prompts, answers and solutions. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { readAddress } from '../hub/address'
import { tasks, type TaskName } from '../tasks/index'
import type { TaskKind } from '../tasks/task'
import { PARQUET, ROWS } from './formats.fixture'
import { gradersOf, type TaskSpec } from './spec'

type Rows = Record<string, unknown>[]

const quoted = (value: unknown) => `"${String(value).replaceAll('"', '""')}"`
const table = (rows: Rows) => [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row).map(quoted))].map((row) => row.join(',')).join('\r\n')

const FORMATS: Record<string, (name: string, rows: Rows) => string | Uint8Array> = {
  jsonl: (_, rows) => rows.map((row) => JSON.stringify(row)).join('\n'),
  json: (_, rows) => JSON.stringify(rows, null, 2),
  csv: (_, rows) => table(rows),
  parquet: (name) => Uint8Array.from(atob(PARQUET[name]!), (letter) => letter.charCodeAt(0)),
}
/** Settings beside the file; the rows of one file are questions to train on and to test with. */
const MORE: Record<string, Record<string, unknown>> = {
  data: { rule: 'exact', solution: 'solution', level: 'level', system: 'system', prompt: '{question} ({level})' },
}

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'etude-formats-'))))
afterAll(() => rm(folder, { recursive: true }))

const names = Object.values<TaskKind>(tasks).filter((kind) => 'files' in kind && kind.name !== 'messages').map(({ name }) => name)

it('has rows of every set', () => expect(Object.keys(ROWS).sort()).toEqual(names.sort()))

describe.each(names)('%s', (name) => {
  it.each(Object.keys(FORMATS))('as %s', async (format) => {
    const rows = ROWS[name]!
    const path = join(folder, `${name}.${format}`)
    await writeFile(path, FORMATS[format]!(name, rows))
    const kind = tasks[name as TaskName] as TaskKind
    const settingsOf = (at: string) => ({ ...kind.settings.parse({ train: at, test: at, ...MORE[name] }), name }) as unknown as TaskSpec
    const settings = settingsOf(path)
    const task = kind.create(settings, await Promise.all(kind.files!(settings).map(readAddress)))
    const [grader] = gradersOf(settings).map((spec) => createGrader(spec))
    const plain = kind.create(settingsOf('rows.json'), kind.files!(settings).map(() => new TextEncoder().encode(JSON.stringify(rows))))
    for (let i = 0; i < rows.length; i++) {
      const [example, expected] = [task.example('test', i), plain.example('test', i)]
      expect(Number(example.answer) || example.answer).toEqual(Number(expected.answer) || expected.answer) // 6 and 6.0
      expect(task.prompt(example)).toEqual(plain.prompt(expected))
      expect(task.level?.(example)).toBe(plain.level?.(expected))
      const submission = { text: task.solution(example), answer: example.answer, item: example.item, finish: 'stop' as const }
      expect(await grader!.grade(submission)).toBe(grader!.max ?? 1)
    }
  })
})
