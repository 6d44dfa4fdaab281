/** Matrices from their files to the GPU as they lie, in pieces, so that this side never holds more than one of them. */
import type { Gpu } from '../gpu/gpu'
import type { Shard } from '../kernels/embedding'
import { CODEBOOKS, type Matrix, rowSizes } from '../kernels/matrix'
import { turn } from '../kernels/turn'
import type { MatrixPiece, StoredMatrix } from '../onnx/weight'

/** Most bytes of values that are read at once. */
export const PIECE = 16 * 2 ** 20

/** A matrix in one binding. */
export async function uploadMatrix(gpu: Gpu, source: StoredMatrix, piece = PIECE): Promise<Matrix> {
  return uploadRows(gpu, source, 0, source.turned ? source.columns : source.rows, piece)
}

/** A table [V, C] in as many bindings of `limit` bytes as it needs, cut at multiples of 64 rows; what lies turned is turned round. */
export async function uploadTable(gpu: Gpu, source: StoredMatrix, limit: number, piece = PIECE): Promise<Shard[]> {
  const { rows, columns, format, turned } = source
  const sizes = rowSizes(format, columns)
  const most = Math.floor(limit / (4 * Math.max(sizes.words, sizes.scales) * 64)) * 64
  if (most === 0) throw new Error(`64 rows of ${columns} numbers are more than the ${limit} bytes that this GPU binds at once: use another`)
  const shards: Shard[] = []
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first)
    const table = turned
      ? { rows: count, columns, format, turned: false, values: gpu.hold([count, sizes.words]) }
      : await uploadRows(gpu, source, first, count, piece)
    shards.push({ first, rows: count, table })
  }
  if (!turned) return shards
  const stride = rowSizes(format, rows).words
  for await (const { start, count, values } of pieces(source, 0, columns, piece)) {
    const strip = gpu.hold([count, stride])
    gpu.write(strip, values)
    for (const shard of shards) turn(gpu, strip, shard, start, count, rows)
    gpu.discard(strip)
    await gpu.settle()
  }
  return shards
}

/** Stored rows first … first + count − 1. */
async function uploadRows(gpu: Gpu, source: StoredMatrix, first: number, count: number, piece: number): Promise<Matrix> {
  const { rows, columns, format, turned } = source
  const sizes = rowSizes(format, turned ? rows : columns)
  const inBlocks = format.kind === 'blocks'
  const book = inBlocks && format.codes !== 'linear' ? CODEBOOKS[format.codes] : undefined
  const matrix: Matrix = {
    ...(turned ? { rows, columns: count } : { rows: count, columns }),
    format,
    turned,
    values: gpu.hold([count, sizes.words]),
    ...(inBlocks && { scales: gpu.hold([count, sizes.scales]) }),
    ...(source.zeros && { zeros: gpu.hold([count, sizes.scales]) }),
    ...(book && { table: gpu.upload(Float32Array.from(book)) }),
  }
  for await (const part of pieces(source, first, count, piece)) {
    const at = part.start - first
    gpu.write(matrix.values, part.values, at * sizes.words)
    if (!inBlocks) continue
    gpu.write(matrix.scales!, checked(part.scales, part.count * sizes.scales, 'scales'), at * sizes.scales)
    if (!matrix.zeros && part.zeros) throw new Error('Only some pieces of a weight have zero points: export the model again')
    if (matrix.zeros) gpu.write(matrix.zeros, checked(part.zeros, part.count * sizes.scales, 'zero points'), at * sizes.scales)
  }
  await gpu.settle()
  return matrix
}

/** Stored rows from `first` on, at most `bytes` of values at a time but no fewer than two rows. */
async function* pieces(source: StoredMatrix, first: number, total: number, bytes: number): AsyncGenerator<MatrixPiece & Part> {
  const stride = 4 * rowSizes(source.format, source.turned ? source.rows : source.columns).words
  const step = 2 * Math.max(1, Math.floor(bytes / stride / 2)) // even, as turning f16 wants it
  for (let start = first; start < first + total; start += step) {
    const count = Math.min(step, first + total - start)
    const piece = await source.read(start, count)
    checked(piece.values, count * stride, 'bytes')
    yield { ...piece, start, count }
  }
}

interface Part {
  start: number
  count: number
}

function checked<T extends { length: number }>(part: T | undefined, length: number, what: string): T {
  if (part?.length === length) return part
  throw new Error(`A piece of a weight has ${part?.length ?? 'no'} ${what} where ${length} are needed: export the model again`)
}
