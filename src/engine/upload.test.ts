import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { expectClose, testGpu } from '../kernels/check'
import { embedding } from '../kernels/embedding'
import { rowSizes } from '../kernels/matrix'
import { type Packing, PACKINGS, packing } from '../kernels/packing'
import * as reference from '../kernels/reference'
import type { StoredMatrix } from '../onnx/weight'
import { uploadMatrix, uploadTable } from './upload'

/** A packing as a file gives it, and the rows that were asked for. */
function stored({ words, scales, zeros, ...matrix }: Packing): StoredMatrix & { asked: [number, number][] } {
  const sizes = rowSizes(matrix.format, matrix.turned ? matrix.rows : matrix.columns)
  const asked: [number, number][] = []
  return {
    ...matrix,
    zeros: zeros !== undefined,
    asked,
    read(first, count) {
      asked.push([first, count])
      const part = (numbers: Float32Array) => Float32Array.from(numbers.subarray(first * sizes.scales, (first + count) * sizes.scales))
      const values = new Uint8Array(words.slice(first * sizes.words, (first + count) * sizes.words).buffer)
      return Promise.resolve({ values, ...(scales && { scales: part(scales) }), ...(zeros && { zeros: part(zeros) }) })
    },
  }
}

describe('upload', () => {
  it.each(PACKINGS)('brings a matrix of $name in pieces', async (packed) => {
    const gpu = await testGpu()
    const source = packing(packed, 21, 37, 4)
    const file = stored(source)
    const matrix = await uploadMatrix(gpu, file, 300)
    const outer = source.turned ? 37 : 21
    expect(file.asked.length).toBeGreaterThan(1)
    expect(file.asked.reduce((sum, [, count]) => sum + count, 0)).toBe(outer)
    for (const [, count] of file.asked) expect(count * 4 * matrix.values.shape[1]!).toBeLessThanOrEqual(300)
    expect(new Uint32Array(await gpu.read(matrix.values))).toEqual(source.words)
    if (source.scales) expect(await gpu.readFloats(matrix.scales!)).toEqual(source.scales)
    if (source.zeros) expect(await gpu.readFloats(matrix.zeros!)).toEqual(source.zeros)
    expect(matrix.zeros === undefined).toBe(source.zeros === undefined)
  })

  it.each(PACKINGS)('cuts a table of $name over bindings', async (packed) => {
    const gpu = await testGpu()
    const [vocabulary, width] = [149, 23]
    const source = packing(packed, vocabulary, width, 5)
    const { words, scales } = rowSizes(source.format, width)
    const limit = 4 * Math.max(words, scales) * 70 // 64 rows
    const shards = await uploadTable(gpu, stored(source), limit, 600)
    expect(shards.map(({ first, rows }) => [first, rows])).toEqual([
      [0, 64],
      [64, 64],
      [128, 21],
    ])
    for (const { table } of shards) expect(4 * table.values.size).toBeLessThanOrEqual(limit)
    const g = new Graph(gpu, false)
    const ids = Array.from({ length: vocabulary }, (_, i) => (i * 7) % vocabulary)
    const rows = await gpu.readFloats(embedding(g, g.upload(Uint32Array.from(ids)), shards))
    expectClose(rows, reference.embedding(ids, source.numbers, width), 1e-6, 'rows')
    g.free()
  })

  it('refuses a piece of another size, and a binding that holds no 64 rows', async () => {
    const gpu = await testGpu()
    const file = stored(packing(PACKINGS[4]!, 8, 16, 6))
    const scales = new Float32Array(3)
    const short: StoredMatrix = { ...file, read: async (first, count) => ({ ...(await file.read(first, count)), scales }) }
    await expect(uploadMatrix(gpu, short)).rejects.toThrow(/has 3 scales where 8 are needed/)
    const late: StoredMatrix = {
      ...file,
      read: async (first, count) => ({ ...(await file.read(first, count)), ...(first > 0 && { zeros: new Float32Array(count) }) }),
    }
    await expect(uploadMatrix(gpu, late, 16)).rejects.toThrow(/Only some pieces/)
    await expect(uploadTable(gpu, file, 100)).rejects.toThrow(/64 rows of 16 numbers are more than the 100 bytes/)
  })
})
