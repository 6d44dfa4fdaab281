/**
 * Tasks whose questions come from files: training rows in a seeded order, epoch after epoch, each epoch in another; test rows in the
 * order of their file. A training row whose question is a test row's is left out. Where there is one file alone, a share of
 * its questions is held out by the hash of their text.
 */
import { oneLine } from '../graders/json'
import { readRows, type Row } from './dataset-rows'
import { rules, type Rule } from './dataset-rules'
import { checkNumber } from './problem'
import { dealt, hashText } from './random'
import type { Example, Task } from './task'

export interface DatasetExample extends Example {
  question: string
  /** How one gets to the answer, in words; empty where the row does not say. */
  reasoning: string
  /** In place of the rule's system turn. */
  system?: string | undefined
  level?: string | undefined
}

/** Where a split's rows come from: its address, and its file's bytes. */
export interface Source {
  address: string
  bytes: Uint8Array | undefined
}

export interface DatasetOptions {
  name: string
  train?: Source | undefined
  test?: Source | undefined
  /** Share of the questions that is held out, where there is a training file alone. */
  testShare?: number
  rule?: Rule
  /** An example of a row; throws a plain word on what is wrong with it. */
  read: (row: Row) => DatasetExample
}

export function datasetTask({ name, train: trainSource, test: testSource, testShare, rule = 'boxed', read }: DatasetOptions): Task<DatasetExample> {
  const judged = rules[rule]
  const readChecked = (row: Row) => {
    const example = read(row)
    const wrong = judged.wrong?.(example.answer)
    if (wrong !== undefined) throw new Error(`its answer “${example.answer}” is ${wrong}, which the rule “${rule}” asks for`)
    return { ...example, item: row }
  }
  const open = (source: Source) => examplesOf(name, source, readChecked)
  const given = testSource && open(testSource)
  const all = trainSource && open(trainSource)
  const heldOut = ({ question }: DatasetExample) => hashText(question) / 2 ** 32 < (testShare ?? 0)
  const test = given ?? all?.filter(heldOut) ?? []
  const held = new Set(test.map(({ question }) => question))
  const train = all?.filter(({ question }) => !held.has(question))
  const deal = dealt(train?.length ?? 0)

  function trainingExample(i: number, seed: number): DatasetExample {
    if (!train) throw new Error(`${name} has test problems alone and nothing to train on; train on another task and evaluate on it`)
    if (train.length === 0) throw new Error(`${trainSource!.address} has no question that the test file does not have; choose another`)
    return train[deal(i, seed)]!
  }

  return {
    name,
    example(split, i, seed = 0) {
      checkNumber(i)
      if (split === 'train') return trainingExample(i, seed)
      const found = test[i]
      if (found) return found
      throw new Error(`${name} has ${test.length} test problems and none with number ${i + 1}; lower problems of the evaluation`)
    },
    ...judged.ask(),
    ...([...test, ...(train ?? [])].some(({ level }) => level) && { level: ({ level }: DatasetExample) => level ?? 'without a level' }),
  }
}

function examplesOf(name: string, { address, bytes }: Source, read: (row: Row) => DatasetExample): DatasetExample[] {
  if (!bytes) throw new Error(`${name} reads its questions from ${address}, which was not opened; open its files first`)
  return readRows(bytes, address).map((row, i) => {
    try {
      return read(row)
    } catch (error) {
      throw new Error(`row ${i + 1} of ${address} is none of ${name}: ${oneLine((error as Error).message, 400)}; choose a file of that data set`)
    }
  })
}

/** The text of a row's field. */
export function textOf(row: Row, field: string): string {
  const value = row[field]
  if (typeof value !== 'string' || value.trim() === '') throw new Error(`it has no text “${field}”`)
  return value
}

/** The same where a number will do. */
export function answerOf(row: Row, field: string): string {
  const value = row[field]
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : textOf(row, field).trim()
}

/** A row of ReFT's files (github.com/lqtrung1998/mwp_ReFT): question, answer_value, and in training files answer_cot. */
export function reftRow(row: Row): DatasetExample | undefined {
  if (row.answer_value === undefined) return undefined
  const { answer_cot: chain = '' } = row
  if (typeof chain !== 'string') throw new Error('its “answer_cot” is no text')
  const reasoning = chain.replace(/\n*Therefore, the answer is[^\n]*\s*$/, '').trim()
  return { question: textOf(row, 'question'), answer: answerOf(row, 'answer_value'), reasoning }
}
