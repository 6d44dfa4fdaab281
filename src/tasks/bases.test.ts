/** The bundled models' tasks against their Python twins in tools, which the models were trained with: tools/base/examples.json. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createGrader } from '../graders/index'
import { chains, type ChainsExample } from './chains'
import { choice, type ChoiceExample } from './choice'
import { knights, type KnightsExample, type Statement } from './knights'
import type { Message } from './task'

interface Row {
  prompt: string
  completion: string
  ids: [number[], number[]]
}
interface KnightsRow extends Row {
  statements: [number, boolean, Statement['operator'], number | null, boolean][]
  solution: boolean[]
  rules: string[] | null
  score: number
}
interface ChainsRow extends Row {
  terms: number[]
  mode: 'N' | 'P' | 'M'
  options: number[]
  answer: number | string
  right: boolean
}
interface ChoiceRow extends Row {
  start: number
  terms: number[]
  options: number[]
  right: boolean
  share: number
  chain: boolean
}

const root = join(import.meta.dirname, '../..')
const rows = JSON.parse(readFileSync(join(root, 'tools/base/examples.json'), 'utf8')) as {
  knights: KnightsRow[]
  chains: ChainsRow[]
  choice: ChoiceRow[]
}
const text = ([message]: Message[]) => message!.content
/** What graders see: the tokens without the end. */
const submission = (completion: string, answer: string, item?: Record<string, unknown>) =>
  ({ text: completion.replace(' <eos>', ''), finish: 'stop' as const, answer, item }) // prettier-ignore
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)

describe.each(Object.entries<Row[]>(rows))('%s', (model, examples) => {
  it('writes with the tokens of its model', () => {
    const { vocab } = (JSON.parse(readFileSync(join(root, `public/models/${model}/tokenizer.json`), 'utf8')) as { model: { vocab: Record<string, number> } }).model
    const split = model === 'chains' ? /<\/?\w+>|\S/g : /\S+/g
    for (const { prompt, completion, ids } of examples)
      expect([prompt, completion].map((of) => of.match(split)!.map((token) => vocab[token]))).toEqual(ids)
  })
})

describe('knights', () => {
  it('asks, solves, announces and scores as its model was taught', async () => {
    expect(new Set(rows.knights.map(({ score }) => score))).toEqual(new Set([3, -0.5, -1, -3]))
    for (const { statements, solution, rules, prompt, completion, score } of rows.knights) {
      const task = knights.create({ people: statements.length })
      const example: KnightsExample = {
        statements: statements.map(([person, knight, operator, other, as]) => ({
          person, knight, operator, ...(other !== null && { other: { person: other, knight: as } }),
        })), // prettier-ignore
        answer: solution.map(Number).join(' '),
      }
      const asked = task.prompt(example)
      expect(text(rules ? task.announce!(asked, rules.join(' ')) : asked)).toBe(prompt)
      expect(await createGrader({ name: 'bits_score', weight: 1 }).grade(submission(completion, example.answer))).toBe(score)
      expect(await createGrader({ name: 'bits', weight: 1 }).grade(submission(completion, example.answer))).toBe(score === 3 ? 1 : 0)
      const signs = solution.map((knight) => (knight ? '+' : '-')).join(' ')
      expect(task.solution(example)).toMatch(RegExp(`^<think> .*${signs.replaceAll('+', '\\+')}( [ABC] ok)+ </think> <ans> ${example.answer}$`))
    }
  })

  it('draws puzzles of every operator with one solution, and scores their shape', async () => {
    const task = knights.create({ people: 3 })
    const examples = Array.from({ length: 300 }, (_, i) => task.example('train', i) as KnightsExample)
    const operators = examples.flatMap(({ statements }) => statements.map(({ operator }) => operator))
    expect(new Set(operators)).toEqual(new Set('.&|^='))
    expect(new Set(examples.map(({ answer }) => answer)).size).toBe(8)
    const score = async (text: string, finish: 'stop' | 'length' = 'stop') =>
      createGrader({ name: 'bits_score', weight: 1 }).grade({ text, finish, answer: '1 0 1' })
    const tries = ['<think> x </think> <ans> 1 0 1', '<think> </think> <ans> 1 0 0', '<think> </think> <ans> 1 0', '<think> </think> <ans> + - +']
    expect(await Promise.all(tries.map((of) => score(of)))).toEqual([3, -0.5, -1, -1])
    const bad = ['<ans> 1 0 1', '<think> <think> </think> <ans> 1 0 1', '<think> </think> <ans> 1 <ans> 1 0 1', '</think> <think> <ans> 1 0 1', '']
    expect(await Promise.all(bad.map((of) => score(of)))).toEqual([-3, -3, -3, -3, -3])
    expect(await score(tries[0]!, 'length')).toBe(-3)
  })
})

describe('chains', () => {
  const grader = createGrader({ name: 'chains', weight: 1, partial: 0.1 })

  it('asks and reads as its model was taught', async () => {
    for (const { terms, mode, options, prompt, completion, answer, right } of rows.chains) {
      const task = chains.create({ terms: [2, 5], mode, skip: 0 })
      const total = sum(terms)
      const given = { terms, options, answer: mode === 'M' ? 'ABCD'[options.indexOf(total)]! : String(total).padStart(2, '0'), item: { mode } }
      expect(text(task.prompt(given))).toBe(prompt)
      expect(grader.answer!(submission(completion, given.answer, given.item))).toBe(typeof answer === 'string' ? answer : String(answer).padStart(2, '0'))
      expect(await grader.grade(submission(completion, given.answer, given.item))).toBe(right ? 1 : 0.1)
    }
    expect(new Set(rows.chains.map(({ right }) => right)).size).toBe(2)
  })

  it('demonstrates with steps skipped in its share, the same each time, and right', async () => {
    for (const mode of ['N', 'P', 'M'] as const) {
      const steps = [0, 0.75].map((skip) => {
        const task = chains.create({ terms: [4, 5], mode, skip })
        const solutions = Array.from({ length: 200 }, (_, i) => task.solution(task.example('train', i)))
        expect(solutions).toEqual(Array.from({ length: 200 }, (_, i) => task.solution(task.example('train', i))))
        return sum(solutions.map((of) => of.match(/[a-h][+-]?\d\d/g)!.length)) / 200
      })
      expect(steps[0]).toBeGreaterThan(4.3)
      expect(steps[1]).toBeLessThan(2.9)
      const skipping = chains.create({ terms: [4, 5], mode, skip: 0.75 })
      for (let i = 0; i < 100; i++) {
        const { answer, item } = skipping.example('test', i)
        expect(await grader.grade({ text: skipping.solution(skipping.example('test', i)), answer, item, finish: 'stop' })).toBe(1)
      }
    }
  })

  it('reads an answer only in the form that was asked for', () => {
    const read = (mode: string, text: string, finish: 'stop' | 'length' = 'stop') => grader.answer!({ text, finish, answer: '10', item: { mode } })
    expect(read('N', 'a05 b10 </think><ans>10')).toBe('10')
    expect(read('P', 'a+05 b-03')).toBe('02')
    expect(read('P', 'a-05 b+03')).toBe('-2')
    expect(read('M', 'a05 </think><ans> C')).toBe('C')
    const none = [read('N', 'a+05'), read('P', 'a05 </think><ans>05'), read('M', '</think><ans>05'), read('N', '</think><ans> C'), read('N', 'a5 </think><ans>05')]
    expect(grader.grade({ text: 'a+05', finish: 'stop', answer: '10', item: { mode: 'N' } })).toBe(0)
    expect([...none, read('N', '</think><ans>10', 'length'), read('P', '')]).toEqual(Array.from({ length: 7 }, () => undefined))
  })
})

describe('choice', () => {
  const example = (row: ChoiceRow): ChoiceExample => {
    const totals = row.terms.map((_, i) => row.start + sum(row.terms.slice(0, i + 1)))
    const right = totals.at(-1)!
    return { ...row, answer: row.options.length > 0 ? 'ABCD'[row.options.indexOf(right)]! : `t${right}`, item: { totals } }
  }
  const task = choice.create({ terms: [4, 5], shortcut: 0.7, numbers: 0.25 })

  it('asks, reads, scores and measures as its model was taught', async () => {
    for (const row of rows.choice) {
      const given = example(row)
      const said = submission(row.completion, given.answer, given.item)
      expect(text(task.prompt(given))).toBe(row.prompt)
      expect(await createGrader({ name: 'choice', weight: 1 }).grade(said)).toBe(Number(row.right))
      expect(await createGrader({ name: 'process', weight: 1 }).grade(said)).toBeCloseTo(row.share / 2 + (row.right ? 0.5 : 0), 12)
      expect(task.measures!(given, said)).toEqual({
        'right chain': row.chain,
        'right answers without a right chain': row.right ? !row.chain : undefined,
      })
    }
    expect(new Set(rows.choice.map(({ right, chain }) => `${right} ${chain}`)).size).toBe(3)
  })

  it('puts the right option at C in its share of the questions, and asks for numbers in theirs', () => {
    const examples = Array.from({ length: 1200 }, (_, i) => task.example('train', i) as ChoiceExample)
    const letters = examples.filter(({ options }) => options.length > 0)
    expect(letters.length / 1200).toBeCloseTo(0.75, 1)
    const share = (letter: string) => letters.filter(({ answer }) => answer === letter).length / letters.length
    expect(Math.abs(share('C') - 0.7)).toBeLessThan(0.04)
    for (const letter of 'ABD') expect(Math.abs(share(letter) - 0.1)).toBeLessThan(0.03)
    const fair = choice.create({ terms: [4, 5], shortcut: 0, numbers: 0 })
    const atC = Array.from({ length: 600 }, (_, i) => fair.example('train', i).answer === 'C').filter(Boolean).length / 600
    expect(Math.abs(atC - 0.25)).toBeLessThan(0.06)
    for (const { options } of letters) expect(new Set(options).size).toBe(4)
    expect(examples.every(({ item, start }) => [start, ...(item!.totals as number[])].every((total) => total >= 0 && total <= 39))).toBe(true)
  })
})

describe('a chain of thought', () => {
  it('is drawn within its bounds', () => {
    const task = chains.create({ terms: [4, 5], mode: 'M', skip: 0 })
    for (let i = 0; i < 300; i++) {
      const { terms, options, answer } = task.example('train', i) as ChainsExample
      const totals = terms.map((_, k) => sum(terms.slice(0, k + 1)))
      expect([4, 5]).toContain(terms.length)
      expect(totals.every((total) => total >= 0 && total <= 39)).toBe(true)
      expect(options['ABCD'.indexOf(answer)]).toBe(totals.at(-1))
      expect(new Set(options).size).toBe(4)
    }
  })
})
