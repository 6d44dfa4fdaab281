import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { nodeSandbox } from '../graders/sandbox/node'
import { setSandbox } from '../graders/sandbox/session'
import { data } from './data'
import { preview, previewText } from './data-preview'
import { readRows } from './dataset-rows'
import { RULES, type Rule } from './dataset-rules'

beforeAll(() => setSandbox(() => nodeSandbox()))
afterAll(() => setSandbox(undefined))

const bytes = (text: string) => new TextEncoder().encode(text)
const open = (settings: object, ...files: string[]) => data.create(data.settings.parse(settings), files.map(bytes))
const rowsOf = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')

describe('a CSV file', () => {
  const read = (text: string, name = 'x.csv') => readRows(bytes(text), name)

  it('is read by RFC 4180: quotes hold commas, line breaks and doubled quotes', () => {
    expect(read('a,b\r\n1,"x, ""y""\nz"\r\n"",\r\n')).toEqual([{ a: '1', b: 'x, "y"\nz' }, { a: '', b: '' }])
    expect(read('\ufeffa\tb\n1,5\t"2"', 'https://x.org/rows.tsv?download=true')).toEqual([{ a: '1,5', b: '2' }])
  })

  it('that is none is refused with the row, the fields and what to do', () => {
    expect(() => read('a,b\n1,2,3')).toThrow('row 1 of x.csv has 3 fields and its header 2 columns; put fields that hold commas in quotes')
    expect(() => read('a,b\n1,"2\n3,4')).toThrow('a quote opens in line 2 of x.csv and nothing closes it')
    expect(() => read('a,a\n1,2')).toThrow('the header of x.csv names the column “a” twice')
    expect(() => read('a,b\n')).toThrow('x.csv holds no rows')
  })
})

describe('data', () => {
  const rows = rowsOf(Array.from({ length: 400 }, (_, i) => ({ Q: `Is it ${i}?`, A: i, why: `so ${i}`, kind: i % 2 ? 'odd' : 'even' })))
  const columns = { train: 'rows.jsonl', question: 'Q', answer: 'A', solution: 'why', level: 'kind' }

  it('takes its columns and its prompt from the settings', () => {
    const task = open({ ...columns, prompt: '{question} ({kind})', rule: 'numeric' }, rows)
    const example = task.example('train', 0)
    expect(task.prompt(example).at(-1)!.content).toBe(`Is it ${example.answer}? (${Number(example.answer) % 2 ? 'odd' : 'even'})`)
    expect(task.solution(example)).toContain(`so ${example.answer}`)
    expect(task.level!(example)).toMatch(/odd|even/)
    expect(example.item).toMatchObject({ A: Number(example.answer) })
  })

  it('holds out a share of one file by the hash of the questions, whatever the seed', () => {
    const task = open({ ...columns, test_share: 0.25 }, rows)
    const held = preview(task, 'test', 400).map(({ answer }) => answer)
    expect(held.length).toBeGreaterThan(70)
    expect(held.length).toBeLessThan(130)
    const trained = (seed: number) => Array.from({ length: 400 - held.length }, (_, i) => task.example('train', i, seed).answer)
    expect(new Set([...trained(1), ...held]).size).toBe(400)
    expect(trained(1)).not.toEqual(trained(2))
    expect(trained(1).toSorted()).toEqual(trained(2).toSorted())
  })

  it('keeps two files as two splits', () => {
    const task = open({ ...columns, test: 'test.jsonl' }, rows, rowsOf([{ Q: 'Is it 7?', A: 7, why: '', kind: '' }]))
    expect(preview(task, 'test').map(({ answer }) => answer)).toEqual(['7'])
    expect(Array.from({ length: 399 }, (_, i) => task.example('train', i).answer)).not.toContain('7')
  })

  it('lets a row bring its own system turn', () => {
    const task = open({ train: 't', test_share: 0, system: 's' }, rowsOf([{ question: 'q', answer: '1', s: 'Be brief.' }, { question: 'r', answer: '2', s: null }]))
    const turns = [0, 1].map((i) => task.prompt(task.example('train', i))[0]!.content)
    expect(turns.toSorted()[0]).toBe('Be brief.')
    expect(turns.toSorted()[1]).toContain('\\boxed{}')
  })

  it.each(RULES)('has solutions that the rule “%s” takes, and other answers that it does not', async (rule: Rule) => {
    const answer = rule === 'letter' ? 'b' : '12'
    const settings = data.settings.parse({ train: 't', test: 'u', rule })
    const file = bytes(rowsOf([{ question: 'q', answer }]))
    const task = data.create(settings, [file, file])
    const [grader] = data.gradersFor!(settings).map((spec) => createGrader(spec))
    const example = task.example('test', 0)
    const grade = (text: string) => grader!.grade({ text, answer, finish: 'stop' })
    expect(await grade(task.solution(example))).toBe(1)
    expect(await grade(task.solution({ ...example, answer: rule === 'letter' ? 'c' : '13' }))).toBeLessThan(1)
    expect(await grade('')).toBe(0)
  })

  it('names a bad row, its column and what to do in one sentence', () => {
    const wrong = (row: object, more = {}) => () => open({ train: 't.jsonl', ...more }, rowsOf([{ question: 'q', answer: '1' }, row]))
    expect(wrong({ question: 'q' })).toThrow('row 2 of t.jsonl is none of data: it has no column “answer”, only “question”; choose')
    expect(wrong({ question: ' ', answer: '1' })).toThrow('row 2 of t.jsonl is none of data: it has no text “question”')
    expect(wrong({ question: 'r', answer: 'x' }, { rule: 'numeric' })).toThrow('its answer “x” is no number, which the rule “numeric” asks for')
    expect(wrong({ question: 'r', answer: 'xy' }, { rule: 'letter' })).toThrow('is no letter, which')
  })

  it('shows its first rows', () => {
    const task = open({ ...columns, test: 'test.jsonl' }, rows, rowsOf([{ Q: 'Is it 7?', A: 7, why: 'it is', kind: 'odd' }]))
    expect(preview(task, 'train')).toHaveLength(10)
    const text = previewText(preview(task, 'test'))
    expect(text).toContain('test 1 (odd)\n  system: You answer')
    expect(text).toContain('  user: Is it 7?\n  right answer: 7\n  solution: <reasoning>')
  })
})
