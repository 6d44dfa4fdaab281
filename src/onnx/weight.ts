/**
 * A weight of a file: where it lies, its shape, and how its values come out. A matrix is read as it lies, in pieces (`stored`);
 * a vector at once, in float32.
 */
import type { Repository } from './repository'
import type { Tensor } from './scan'

/** How a matrix's numbers lie in memory; blocks run along the columns (a linear's inputs). */
export type Format =
  | { kind: 'f32' }
  | { kind: 'f16' }
  | { kind: 'blocks'; bits: 4 | 8; block: number; codes: 'linear' | 'nf4' | 'fp4' }

/** A matrix of a file. Linears: rows = outputs, columns = inputs. Embedding and head: rows = vocabulary, columns = hidden. */
export interface StoredMatrix {
  rows: number
  columns: number
  format: Format
  /** Whether f32/f16 values come as [columns, rows] (ONNX MatMul keeps [in, out]); packed ones never do. */
  turned: boolean
  /** Rows first … first + count − 1 (for turned ones: of the stored rows, of which there are `columns`). */
  read(first: number, count: number): Promise<MatrixPiece>
}

export interface MatrixPiece {
  /** f32 or f16 little endian, or codes: 8 bits a byte, 4 bits two a byte, low nibble first; each row padded to whole 32-bit words. */
  values: Uint8Array<ArrayBuffer>
  /** blocks: value = (code − zero) · scale, or table[code] · scale for nf4 and fp4. [count, ceil(columns / block)] */
  scales?: Float32Array<ArrayBuffer>
  /** Like scales; where absent, zero is 2^(bits − 1). */
  zeros?: Float32Array<ArrayBuffer>
}

/** A matrix as it lies in the file, and beside it (`read`, `dims`) whole, in float32. */
export interface MatrixSource extends WeightSource {
  stored: StoredMatrix
}

export interface WeightSource {
  /** Of what `read` returns, row-major: [in, out] of a linear, [V, C] of the embedding and the head, [C] of a norm or bias. */
  dims: number[]
  /** Whether the file holds it the other way round, [C, V]. */
  transposed: boolean
  /** Rejects with one sentence when bytes are missing or a value is NaN or infinite. */
  read(): Promise<Float32Array<ArrayBuffer>>
}

/** The models folder's files, by the path of the ONNX file that names them. */
export interface Place {
  repository: Repository
  /** Path of the ONNX file inside the repository. */
  file: string
}

export function plainWeight(place: Place, tensor: Tensor): MatrixSource {
  return { dims: tensor.dims, transposed: false, read: () => readFinite(place, tensor), stored: floatMatrix(place, tensor, false) }
}

/** A float32 matrix, or columns [from, from + count) of it, as it lies; `turned` says that it lies as [columns, rows]. */
function floatMatrix(place: Place, tensor: Tensor, turned: boolean, from = 0, count = tensor.dims.at(-1) ?? 0): StoredMatrix {
  const high = tensor.dims.length === 2 ? tensor.dims[0]! : 1
  return {
    rows: turned ? count : high,
    columns: turned ? high : count,
    format: { kind: 'f32' },
    turned,
    async read(first, rows) {
      const width = tensor.dims.at(-1) ?? 0
      const values = (await readFinite(place, tensor)).subarray(first * width, (first + rows) * width)
      const part = new Float32Array(rows * count)
      for (let row = 0; row < rows; row++) part.set(values.subarray(row * width + from, row * width + from + count), row * count)
      return { values: new Uint8Array(part.buffer) }
    },
  }
}

/** A matrix [rows, columns] of the file as [columns, rows]. */
export function transposedWeight(place: Place, tensor: Tensor): MatrixSource {
  const [rows = 0, columns = 0] = tensor.dims
  return {
    dims: [columns, rows],
    transposed: true,
    stored: floatMatrix(place, tensor, true),
    async read() {
      const values = await readFinite(place, tensor)
      const turned = new Float32Array(values.length)
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!
      }
      return turned
    },
  }
}

/** Columns [from, from + count) of a packed matrix [rows, columns], or of a packed vector [columns]. */
export function columnsOf(place: Place, tensor: Tensor, from: number, count: number): MatrixSource {
  const columns = tensor.dims.at(-1) ?? 0
  const rows = tensor.dims.length === 2 ? tensor.dims[0]! : 1
  return {
    dims: tensor.dims.length === 2 ? [rows, count] : [count],
    transposed: false,
    stored: floatMatrix(place, tensor, true, from, count),
    async read() {
      const values = await readFinite(place, tensor)
      const part = new Float32Array(rows * count)
      for (let row = 0; row < rows; row++) part.set(values.subarray(row * columns + from, row * columns + from + count), row * count)
      return part
    },
  }
}

export async function readFinite(place: Place, tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  const values = await readFloats(place, tensor)
  // |x| ≤ the largest float also fails for NaN
  for (let i = 0; i < values.length; i++) {
    if (!(Math.abs(values[i]!) <= 3.4028235e38)) {
      throw new Error(`${place.file}: ${tensor.name} holds ${values[i]!} at index ${i}, which no model can use; download it again.`)
    }
  }
  return values
}

/** Values of a float32 tensor, row-major. */
export async function readFloats({ repository, file }: Place, tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  const count = tensor.dims.reduce((a, b) => a * b, 1)
  const bytes = new Uint8Array(count * 4)
  const shape = tensor.dims.join(', ')
  const wrong = (has: number | string) =>
    new Error(`${file}: ${tensor.name} [${shape}] needs ${count * 4} bytes and has ${has}; the file is damaged: download it again.`)
  if ('spans' in tensor.data) {
    const total = tensor.data.spans.reduce((sum, span) => sum + span.length, 0)
    if (total !== bytes.length) throw wrong(total)
    let at = 0
    for (const span of tensor.data.spans) {
      bytes.set(await repository.read(file, span.offset, span.length), at)
      at += span.length
    }
  } else {
    const { offset, length = bytes.length } = tensor.data
    const path = besideFile(file, tensor.data.file)
    if (!(await repository.exists(path))) {
      throw new Error(`${file}: ${tensor.name} is stored in ${path}, which is missing; put it beside the model.`)
    }
    if (length !== bytes.length) throw wrong(length)
    const size = await repository.size(path)
    if (!(offset >= 0 && offset + length <= size)) throw wrong(`${Math.max(0, size - offset)} in ${path}`)
    bytes.set(await repository.read(path, offset, length))
  }
  return littleEndian(bytes)
}

/** External files are named relative to the model file, and must stay inside the repository. */
export function besideFile(file: string, location: string): string {
  const parts = location.split('/')
  if (location.startsWith('/') || location.includes('\\') || parts.includes('..')) {
    throw new Error(`${file} stores weights in ${location}, which is outside of its folder; export it with a file beside the model.`)
  }
  return file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${location}` : location
}

function littleEndian(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return new Float32Array(bytes.buffer)
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true))
}
