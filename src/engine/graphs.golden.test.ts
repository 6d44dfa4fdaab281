/** Several ONNX files of a real model over the same weights: each is read, and says the same of every matrix as the others. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDisk } from '../hub/disk'
import { SHARED } from '../hub/golden'
import { readModel } from '../onnx/model'

const root = join(SHARED, 'models')
const models = (existsSync(root) ? readdirSync(root) : []).flatMap((model) => {
  const folder = join(root, model, 'onnx')
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.onnx')) : []
  return files.length > 1 ? [{ model, files }] : []
})

describe.skipIf(models.length === 0)(`graphs over the same weights (skipped where ${root} has none)`, () => {
  it.each(models)('$model: $files', async ({ model, files }) => {
    const [first, ...others] = await Promise.all(files.map((file) => readModel(openDisk(join(root, model)), `onnx/${file}`)))
    expect(others.length).toBeGreaterThan(0)
    for (const other of others) {
      expect(other.dtype).toBe(first!.dtype)
      expect(other.config).toEqual(first!.config)
      expect(other.weights.head === undefined).toBe(first!.weights.head === undefined)
      const [a, b] = [first!.weights, other.weights]
      const pairs = [[a.embedding, b.embedding], [a.layers[0]!.q, b.layers[0]!.q], [a.layers.at(-1)!.down, b.layers.at(-1)!.down]] as const
      for (const [x, y] of pairs) expect(await y.stored.read(2, 4)).toEqual(await x.stored.read(2, 4))
    }
  })
})
