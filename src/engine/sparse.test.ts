/**
 * What JavaScript has in use while a model on a Hub is looked at and brought to the GPU over HTTP ranges: less than 64 MiB beside the
 * largest piece, whatever the model's size. A small one always; with ETUDE_BY_HAND=1 one of 3 GB, which is a hole on disk.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Hub } from '../hub/hub'
import { openRemote } from '../hub/remote'
import { testGpu } from '../kernels/check'
import { readModel } from '../onnx/model'
import { type SparseShape, serveSparse } from './sparse.fixture'
import { PIECE, uploadMatrix, uploadTable } from './upload'

const MIB = 2 ** 20
const SMALL: SparseShape = { layers: 2, hidden: 512, ffn: 1024, vocabulary: 40_000 }
const LARGE: SparseShape = { layers: 43, hidden: 1024, ffn: 4096, vocabulary: 60_000 }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Heap and what lies beside it (ArrayBuffers among it) that is still in use, of this process: the server's share is in it. */
function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const cases = [{ name: 'a small model', shape: SMALL }, ...(process.env.ETUDE_BY_HAND ? [{ name: 'a model of 3 GB', shape: LARGE }] : [])]

it.each(cases)('$name is scanned and brought to the GPU in pieces', { timeout: 600_000 }, async ({ shape }) => {
  const server = await serveSparse(shape)
  const gpu = await testGpu()
  const remote = openRemote(new Hub({ address: server.address }), { model: 'sparse/model', revision: 'main' })
  const before = held()
  let peak = before
  const look = () => (peak = Math.max(peak, held()))
  const repository = {
    ...remote,
    async read(path: string, offset: number, length: number) {
      look()
      const bytes = await remote.read(path, offset, length)
      look()
      return bytes
    },
  }
  try {
    const { weights, config } = await readModel(repository)
    expect(config.layers).toBe(shape.layers)
    const scanned = { peak: peak - before, sent: server.sent() }
    expect(server.sent(), 'the scan reads no weights').toBeLessThan(2 * MIB)
    const on = gpu.bytes
    await uploadTable(gpu, weights.embedding.stored, gpu.device.limits.maxStorageBufferBindingSize)
    for (const layer of [weights.layers[0]!, weights.layers.at(-1)!]) {
      for (const { stored } of [layer.q, layer.down]) await uploadMatrix(gpu, stored)
    }
    expect(gpu.bytes - on).toBe(4 * (shape.vocabulary * shape.hidden + 2 * shape.hidden * (shape.hidden + shape.ffn)))
    const packed = 2 * 4 * 2 * shape.hidden ** 2 // k and v, which lie between the rows of q
    expect(server.sent()).toBeLessThan(gpu.bytes - on + packed + 2 * MIB)
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`
    console.info(
      `${(server.bytes / 1e9).toFixed(2)} GB: the scan read ${mib(scanned.sent)} and held ${mib(scanned.peak)}; ` +
        `${mib(gpu.bytes - on)} brought to the GPU held ${mib(peak - before)} at most, its pieces being of ${mib(PIECE)}`,
    )
    expect(peak - before).toBeLessThan(64 * MIB + PIECE)
  } finally {
    await server.close()
  }
})
