import { describe, expect, it } from 'vitest'
import { createGrader, graders } from '../graders/index'
import { tasks } from './index'
import { chain } from './chain'
import { countdown } from './countdown'
import { datasetTask } from './dataset'
import { readRows } from './dataset-rows'
import { gsm8k } from './gsm8k'
import { ledger } from './ledger'
import { roundPrompt } from './task'
import { totals } from './problem'
import type { Task, TaskKind } from './task'

const bytes = (text: string) => new TextEncoder().encode(text)
const lines = (n: number, row: (i: number) => object) => bytes(Array.from({ length: n }, (_, i) => JSON.stringify(row(i)) + '\n').join(''))

/** Files of the tasks that read some, in the form of each; the first training question of GSM8K's is also a test question. */
const FILES: Record<string, Uint8Array[]> = {
  gsm8k: [
    lines(60, (i) => {
      const question = i === 0 ? 'What is 3 + 3?' : `What is ${i} + 1,000?`
      return { question, answer: `It is <<${i}+1000>>that.\nSo.\n#### 1,0${i + 10}` }
    }),
    lines(500, (i) => ({ question: `What is ${i} + ${i}?`, answer: `It is <<${i}+${i}=0>>that.\n#### -${2 * i}` })),
  ],
  math500: [
    bytes(JSON.stringify(Array.from({ length: 500 }, (_, i) => ({ problem: `$${i}$?`, answer: `\\frac{${i}}7`, solution: 's', level: 3 })))),
  ],
  messages: [lines(6000, (i) => ({ messages: [{ role: 'user', content: `What is ${i} + 1?` }], answer: String(i + 1) }))],
  svamp: [lines(500, (i) => ({ Body: `There are ${i} dogs`, Question: 'How many?', Answer: i + 0.5, Type: 'Addition' }))],
  mathqa: [lines(500, (i) => ({ question: `Is it ${i} ?\na ) 1 , b ) 2`, answer_value: 'ab'[i % 2] }))],
  mathqa_numeric: [lines(500, (i) => ({ question: `Is it ${i} ?`, answer_value: `${i}.25` }))],
  data: [lines(6000, (i) => ({ question: `Is it ${i}?`, answer: i }))],
  aime2024: [lines(500, (i) => ({ id: i, problem: `Is it ${i}?`, answer: String(i).padStart(3, '0'), solution: 's' }))],
}

const open = (kind: TaskKind): Task => kind.create(kind.settings.parse({}), FILES[kind.name])
/** Tasks that are there to evaluate with alone. */
const TEST_ONLY = ['math500', 'aime2024', 'svamp', 'mathqa', 'mathqa_numeric']

describe.each(Object.values<TaskKind>(tasks))('task $name', (kind) => {
  const task = open(kind)
  const splits = TEST_ONLY.includes(kind.name) ? (['test'] as const) : (['train', 'test'] as const)
  const text = (split: 'train' | 'test', i: number, seed?: number) => JSON.stringify(task.prompt(task.example(split, i, seed)))

  it('has the name that the table gives it', () => {
    expect(tasks).toHaveProperty(kind.name, kind)
    expect(task.name).toBe(kind.name)
  })

  it('gives the solution the maximum of its own graders, and less to an empty answer', async () => {
    for (const grader of kind.graders.map((spec) => createGrader(spec)))
      for (const split of splits)
        for (let i = 0; i < 30; i++) {
          const { answer, item } = task.example(split, i)
          const text = task.solution(task.example(split, i))
          const { max = 1 } = grader
          expect(await grader.grade({ text, answer, item, finish: 'stop' })).toBe(max)
          expect(await grader.grade({ text: '', answer, item, finish: 'stop' })).toBeLessThan(max)
        }
  })

  it('is a pure function of split, number and seed', () => {
    const [split] = splits
    for (let i = 0; i < 20; i++) expect(text(split, i, 3)).toBe(text(split, i, 3))
    expect(new Set(Array.from({ length: 20 }, (_, i) => text(split, i))).size).toBeGreaterThan(18)
    if (split === 'train') expect(text(split, 0, 1)).not.toBe(text(split, 0, 2))
    expect(() => task.example(split, -1)).toThrow('example number -1')
  })

  it.runIf(splits.length === 2)('never tests on a problem that it trains on', () => {
    const trained = new Set(Array.from({ length: 3000 }, (_, i) => text('train', i)))
    for (let i = 0; i < 500; i++) expect(trained).not.toContain(text('test', i))
  })

  it.runIf(splits.length === 1)('says that there is nothing to train on', () => {
    expect(() => task.example('train', 0)).toThrow(`${kind.name} has test problems alone`)
  })

  it.runIf(task.rounds)('says how a problem goes over several rounds, each from the last note alone', () => {
    const rounds = task.rounds!
    const example = task.example('test', 5)
    const chat = (round: number, note?: string) => roundPrompt(rounds, rounds.prompts, example, { round, rounds: 3, note })
    const prompts = [chat(1), chat(2, 'NOTE a'), chat(3, 'NOTE b')].map((messages) => messages.map(({ content }) => content).join('\n'))
    for (const prompt of prompts) {
      expect(prompt).toContain(rounds.question(example))
      expect(prompt).not.toMatch(/\{\w+\}/)
    }
    expect(prompts.map((prompt) => /NOTE \w/.exec(prompt)?.[0])).toEqual([undefined, 'NOTE a', 'NOTE b'])
    expect(new Set(prompts).size).toBe(3)
    expect(rounds.note({ text: task.solution(example), finish: 'stop' })).toBeTruthy()
    expect(rounds.note({ text: 'none', finish: 'stop' })).toBeUndefined()
    expect(task.level ? task.level(example) : 'none').toBeTypeOf('string')
  })
})

describe('chain', () => {
  it('hands over what stands in its answer slot', () => {
    const task = chain.create({ terms: [3, 3], largest: 20 })
    const rounds = task.rounds!
    const example = { terms: [7, 5, -3], answer: '9' }
    const [system, user] = roundPrompt(rounds, rounds.prompts, example, { round: 3, rounds: 3, note: '7 + 5 = 12,\n12 - 3 is left' })
    expect(system!.content).toContain('in 3 rounds')
    expect(user!.content.split('\n\n')).toEqual([
      'What is 7 + 5 - 3?',
      'Progress in round 2: "7 + 5 = 12,\n12 - 3 is left"',
      'This is round 3 of 3, the final one: give the final answer.',
    ])
    expect(roundPrompt(rounds, rounds.prompts, example, { round: 1, rounds: 3 })[1]!.content).toBe('What is 7 + 5 - 3?')
    const note = (text: string, finish: 'stop' | 'length' = 'stop') => rounds.note({ text, finish })
    expect(note('<reasoning>\nr\n</reasoning>\n<ans>\n 7 + 5 = 12,\n12 - 3 is left\n</ans>\n')).toBe('7 + 5 = 12,\n12 - 3 is left')
    expect(note('<ans>1</ans> no <ans>2')).toBe('2')
    expect(note('<ans>1</ans> no <ans>2', 'length')).toBeUndefined()
    expect(note('<ans> </ans>')).toBeUndefined()
    expect(task.level!(example)).toBe('3 terms')
  })
})

describe('countdown', () => {
  it('asks for numbers and a target, and knows a way', () => {
    const task = countdown.create({ numbers: [3, 4], largest: 30, largest_target: 60 })
    const operations = new Map<string, number>()
    for (let i = 0; i < 400; i++) {
      const example = task.example('train', i) as ReturnType<typeof task.example> & { numbers: number[]; target: number; steps: string[] }
      const { numbers, target, steps, answer } = example
      expect([3, 4]).toContain(numbers.length)
      expect(numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= 30)).toBe(true)
      expect(target >= 1 && target <= 60).toBe(true)
      expect(steps.at(-1)).toMatch(new RegExp(` = ${target}$`))
      expect(answer.match(/\d+/g)!.map(Number).sort()).toEqual([...numbers].sort())
      for (const operation of answer.match(/[-+*/]/g)!) operations.set(operation, (operations.get(operation) ?? 0) + 1)
      const wrong = { text: `<answer>${answer} + 1</answer>`, answer, finish: 'stop' as const }
      expect(graders.countdown.grade(wrong)).toBe(0)
    }
    expect([...operations.keys()].sort()).toEqual(['*', '+', '-', '/'])
    const example = task.example('test', 0)
    expect(task.prompt(example)[1]!.content).toMatch(/^Make \d+ of the numbers \d+, \d+, \d+(, \d+)?\. Use each/)
  })
})

describe('a data-set task', () => {
  const task = open(gsm8k)

  it('takes answers by the official rule and leaves the calculator’s notes out', () => {
    expect(task.example('test', 7)).toMatchObject({ question: 'What is 7 + 7?', answer: '-14', reasoning: 'It is that.', level: '1 step' })
    const trained = Array.from({ length: 59 }, (_, i) => task.example('train', i))
    expect(trained.find(({ answer }) => answer === '1011')).toMatchObject({ question: 'What is 1 + 1,000?', level: '2 steps' })
    expect(task.solution(task.example('test', 7))).toBe('<reasoning>\nIt is that.\n</reasoning>\n<answer>\n\\boxed{-14}\n</answer>\n')
  })

  it('shuffles training rows anew in each epoch, and leaves out those that it tests on', () => {
    const epoch = (n: number, seed: number) => Array.from({ length: 59 }, (_, i) => task.example('train', 59 * n + i, seed).answer)
    expect(new Set(epoch(0, 1)).size).toBe(59)
    expect(epoch(0, 1)).not.toContain('1010')
    expect(epoch(1, 1)).not.toEqual(epoch(0, 1))
    expect(epoch(1, 1).sort()).toEqual(epoch(0, 1).sort())
    expect(epoch(0, 2)).not.toEqual(epoch(0, 1))
  })

  it('keeps the order of its test file, and ends with it', () => {
    expect(task.example('test', 1, 9)).toEqual(task.example('test', 1, 0))
    expect(() => task.example('test', 500)).toThrow('gsm8k has 500 test problems and none with number 501')
  })

  it('says what is wrong with a file, where and what to do', () => {
    const read = (text: string) => () => readRows(bytes(text), 'x.jsonl')
    expect(read('')).toThrow('x.jsonl holds no rows; give a file of JSON lines')
    expect(read('{"a":1}\n\n{"a":')).toThrow('line 3 of x.jsonl is not JSON')
    expect(read('[1]')).toThrow('row 1 of x.jsonl is no object')
    expect(read('PAR1')).toThrow('line 1 of x.jsonl is not JSON')
    const rule = 'boxed' as const
    expect(() => gsm8k.create({ train: 'a', test: 'b', rule }, [])).toThrow('gsm8k reads its questions from b, which was not opened')
    const create = (row: object) => () => gsm8k.create({ train: 'a', test: 'b', rule }, [lines(1, () => row), lines(1, () => row)])
    expect(create({ question: 'q' })).toThrow('row 1 of b is none of gsm8k: it has no text “answer”; choose a file of that data set')
    expect(create({ question: 'q', answer: '12' })).toThrow('has no #### with a number')
    const same = create({ question: 'q', answer: '#### 12' })()
    expect(() => same.example('train', 0)).toThrow('a has no question that the test file does not have')
    const aime = () => tasks.aime2024.create({ test: 'c' }, [lines(1, () => ({ problem: 'p', answer: 'x', solution: 's' }))])
    expect(aime).toThrow('its “answer” is "x" and no whole number from 0 to 999')
  })

  it('has levels only where its rows have them', () => {
    const test = { address: 'd', bytes: bytes('{}') }
    expect(datasetTask({ name: 'n', test, read: () => ({ question: 'q', answer: '1', reasoning: '' }) })).not.toHaveProperty('level')
  })
})

describe('ledger', () => {
  it('writes problems and solutions in its exact form', () => {
    const task = ledger.create({ terms: [4, 5] })
    const example = { terms: [5, 3, -8, 9], answer: 'd09' }
    expect(task.prompt(example)).toEqual([{ role: 'user', content: '<q> a+5 b+3 c-8 d+9 <last> _00 <think>' }])
    const { prompts } = task.rounds!
    const prompt = (round: number, note?: string) => roundPrompt(task.rounds!, prompts, example, { round, rounds: 3, note })[0]!.content
    expect(prompt(1)).toBe('<q> a+5 b+3 c-8 d+9 <prog> _00 <think>')
    expect(prompt(2, 'b08')).toBe('<q> a+5 b+3 c-8 d+9 <prog> b08 <think>')
    expect(prompt(3, 'b08')).toBe('<q> a+5 b+3 c-8 d+9 <last> b08 <think>')
    expect(task.solution(example)).toBe('a05 b08 c00 d09 </think><ans> d09')
  })

  it('keeps the running total in 0–99, with digits 1–9 and both lengths', () => {
    const task = ledger.create({ terms: [3, 5] })
    const lengths = new Map<number, number>()
    for (let i = 0; i < 2000; i++) {
      const { terms } = task.example('train', i) as unknown as { terms: number[] }
      lengths.set(terms.length, (lengths.get(terms.length) ?? 0) + 1)
      expect(terms.every((t) => Math.abs(t) >= 1 && Math.abs(t) <= 9)).toBe(true)
      expect(totals(terms).every((t) => t >= 0 && t <= 99)).toBe(true)
    }
    expect([...lengths.keys()].sort()).toEqual([3, 4, 5])
    for (const count of lengths.values()) expect(count).toBeGreaterThan(550)
  })
})
