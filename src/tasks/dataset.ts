/**
 * Tasks whose questions come from files, JSON or JSON lines: training rows in a seeded order, epoch after epoch, each epoch in another;
 * test rows in the order of their file. A training row whose question is a test row's is left out. The answer is in \boxed{},
 * within <answer> tags.
 */
import { checkNumber } from './problem'
import { shuffled } from './random'
import type { Example, Task } from './task'
import { form, oneRound, roundsBy } from './wording'

export interface DatasetExample extends Example {
  question: string
  /** How one gets to the answer, in words. */
  reasoning: string
  level?: string | undefined
}

/** A row of a file. */
export type Row = Record<string, unknown>

/** Where a split's rows come from: its setting, for messages, its address, and its file's bytes. */
interface Source {
  address: string
  bytes: Uint8Array | undefined
}

const SLOT = 'the answer, with the final result in \\boxed{}'

/** @param read an example of a row; throws a plain word on what is wrong with it */
export function datasetTask(
  name: string,
  sources: { train?: Source; test: Source },
  read: (row: Row) => DatasetExample,
): Task<DatasetExample> {
  const test = examplesOf(name, sources.test, read)
  const held = new Set(test.map(({ question }) => question))
  const train = sources.train && examplesOf(name, sources.train, read).filter(({ question }) => !held.has(question))
  let epoch = { seed: 0, number: -1, order: [] as number[] } // only kept so that it need not be shuffled for each example

  function trainingExample(i: number, seed: number): DatasetExample {
    if (!train) throw new Error(`${name} has test problems alone and nothing to train on; train on another task and evaluate on it`)
    if (train.length === 0) throw new Error(`${sources.train!.address} has no question that the test file does not have; choose another`)
    const number = Math.floor(i / train.length)
    if (epoch.number !== number || epoch.seed !== seed) epoch = { seed, number, order: shuffled(train.length, seed, number) }
    return train[epoch.order[i % train.length]!]!
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
    prompt: ({ question }) => [
      { role: 'system', content: oneRound('answer', SLOT) },
      { role: 'user', content: question },
    ],
    solution: ({ reasoning, answer }) => form(reasoning, 'answer', `\\boxed{${answer}}`),
    rounds: roundsBy('answer', SLOT, ({ question }) => question),
    ...(test.some(({ level }) => level) && { level: ({ level }: DatasetExample) => level ?? 'without a level' }),
  }
}

function examplesOf(name: string, { address, bytes }: Source, read: (row: Row) => DatasetExample): DatasetExample[] {
  if (!bytes) throw new Error(`${name} reads its questions from ${address}, which was not opened; open its files first`)
  const rows = readRows(bytes, address)
  return rows.map((row, i) => {
    try {
      return read(row)
    } catch (error) {
      throw new Error(`row ${i + 1} of ${address} is none of ${name}: ${(error as Error).message}; choose a file of that data set`)
    }
  })
}

/** The objects of a JSON array, or of JSON lines. */
export function readRows(bytes: Uint8Array, address: string): Row[] {
  const text = new TextDecoder().decode(bytes).trim()
  const lines = () => text.split('\n').map((line, i) => (line.trim() === '' ? [] : [parse(line, `line ${i + 1} of ${address}`)])).flat()
  const rows = text.startsWith('[') ? parse(text, address) : lines()
  if (!Array.isArray(rows) || rows.length === 0) throw new Error(`${address} holds no rows; give a file of JSON lines, JSON or Parquet`)
  const wrong = rows.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row))
  if (wrong >= 0) throw new Error(`row ${wrong + 1} of ${address} is no object; give a file of JSON lines, JSON or Parquet`)
  return rows as Row[]
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`${where} is not JSON (${(error as Error).message}); give a file of JSON lines, JSON or Parquet`, { cause: error })
  }
}

/** The text of a row's field. */
export function textOf(row: Row, field: string): string {
  const value = row[field]
  if (typeof value !== 'string' || value.trim() === '') throw new Error(`it has no text “${field}”`)
  return value
}
