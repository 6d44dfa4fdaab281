/** Float tensors as matrices of the contract in `weight.ts`: read in ranges, checked, rows padded to whole words. */
import { checkFinite, readElements, toFloats } from './bytes'
import type { Tensor } from './scan'
import type { MatrixPiece, Place, StoredMatrix } from './weight'

/** A tensor [rows, columns], or, turned, [columns, rows]. bfloat16 becomes float32, which holds each of its values. */
export function floatMatrix(place: Place, tensor: Tensor, turned: boolean): StoredMatrix {
  const [high = 0, width = 0] = tensor.dims
  const half = tensor.dtype === 'float16'
  return {
    rows: turned ? width : high,
    columns: turned ? high : width,
    format: { kind: half ? 'f16' : 'f32' },
    turned,
    zeros: false,
    async read(first, count) {
      const bytes = await readElements(place, tensor, first * width, count * width)
      const index = (i: number) => first * width + i
      if (!half) {
        const { buffer, byteOffset, byteLength } = toFloats(place, tensor, bytes, index)
        return { values: new Uint8Array(buffer, byteOffset, byteLength) }
      }
      checkFinite(place, tensor, bytes, index)
      return { values: padRows(bytes, 2 * width, wordsOf(2 * width), count) }
    },
  }
}

/** Bytes of whole 32-bit words that hold `bytes`. */
export function wordsOf(bytes: number): number {
  return 4 * Math.ceil(bytes / 4)
}

/** Rows of `from` bytes as rows of `to` bytes: cut, or filled with zeros. */
export function padRows(bytes: Uint8Array<ArrayBuffer>, from: number, to: number, count: number): Uint8Array<ArrayBuffer> {
  if (from === to) return bytes
  const padded = new Uint8Array(count * to)
  const kept = Math.min(from, to)
  for (let row = 0; row < count; row++) padded.set(bytes.subarray(row * from, row * from + kept), row * to)
  return padded
}

/** Rows first … first + count − 1 of a matrix, as a matrix. */
export function sliceRows(matrix: StoredMatrix, first: number, count: number): StoredMatrix {
  if (first === 0 && count === matrix.rows) return matrix
  if (!matrix.turned) return { ...matrix, rows: count, read: (from, n) => matrix.read(first + from, n) }
  const size = matrix.format.kind === 'f16' ? 2 : 4
  const stride = wordsOf(size * matrix.rows)
  return {
    ...matrix,
    rows: count,
    async read(from, n): Promise<MatrixPiece> {
      const { values } = await matrix.read(from, n)
      const part = new Uint8Array(n * wordsOf(size * count))
      for (let row = 0; row < n; row++) {
        const start = row * stride + size * first
        part.set(values.subarray(start, start + size * count), row * wordsOf(size * count))
      }
      return { values: part }
    },
  }
}
