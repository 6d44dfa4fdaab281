/** For tests of damaged files: reads a model whole, and expects a good end or one sentence. */
import { expect } from 'vitest'
import { modelInFloat64 } from './dequantise'
import { readModel } from './model'
import type { Repository } from './repository'

/** Reads everything that a run would; counts the bytes asked for. */
export async function readAll(repository: Repository, file: string): Promise<void> {
  const read: Repository['read'] = async (path, offset, length) => {
    const size = await repository.size(path)
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw new Error(`${path}: ${length} bytes from ${offset} are not there.`)
    return repository.read(path, offset, length)
  }
  const found = await readModel({ ...repository, read }, file)
  await modelInFloat64(found)
  const { weights, rope, config } = found
  await rope.tables(Math.min(64, config.contextLength))
  const { embedding, head, layers } = weights
  const linears = layers.flatMap(({ q, k, v, o, gate, up, down }) => [q, k, v, o, gate, up, down])
  for (const { stored } of [embedding, ...(head ? [head] : []), ...linears]) {
    await stored.read(0, stored.turned ? stored.columns : stored.rows)
  }
}

/** Fails unless `run` ends well or with one sentence, within a second. Gives whether it was refused. */
export async function expectSentence(run: () => Promise<void> | void, which: string): Promise<boolean> {
  const start = performance.now()
  const before = process.memoryUsage().arrayBuffers
  let message: string | undefined
  try {
    await run()
  } catch (error) {
    message = (error as Error).message
    if ((error as Error).name !== 'Error' || !/^[^\n]{15,900}[^.]\.$/.test(message)) throw new Error(which, { cause: error })
  }
  expect(performance.now() - start, which).toBeLessThan(1000)
  expect(process.memoryUsage().arrayBuffers - before, which).toBeLessThan(2 ** 28)
  return message !== undefined
}
