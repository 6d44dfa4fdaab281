/** Ranges of a tensor's values, wherever they lie: in the model file, in one beside it, or as varints. */
import { fromBrain, fromHalf } from './half'
import { decodeVarints } from './protobuf'
import type { Tensor } from './scan'
import { besideFile, type Place } from './weight'

type Bytes = Uint8Array<ArrayBuffer>

const BITS: Readonly<Record<string, number>> = {
  float32: 32, float16: 16, bfloat16: 16, int32: 32, uint8: 8, int8: 8, uint4: 4, int4: 4,
} // prettier-ignore
/** Varints are decoded as a whole: they are the scales and zero points of single values. */
const MOST_VARINTS = 2 ** 22
/** Of one read, where rows are taken together. */
const BAND = 2 ** 22

export function elementsOf({ dims }: Tensor): number {
  return dims.reduce((a, b) => a * b, 1)
}

/** Elements [from, from + count), row-major, as they lie; those of 4 bits one a byte. Rejects with one sentence when they are not there. */
export async function readElements(place: Place, tensor: Tensor, from: number, count: number): Promise<Bytes> {
  const bits = BITS[tensor.dtype]
  if (!bits) throw new Error(`${place.file}: ${tensor.name} is stored as ${tensor.dtype}, which cannot be read here; choose another file.`)
  if ('spans' in tensor.data && tensor.data.varints) return readVarints(place, tensor, bits / 8, from, count)
  await checkStored(place, tensor, bits)
  if (bits > 4) return readBytes(place, tensor, (from * bits) / 8, (count * bits) / 8)
  const first = Math.floor(from / 2)
  const pairs = await readBytes(place, tensor, first, Math.ceil((from + count) / 2) - first)
  const codes = new Uint8Array(count)
  for (let i = 0, at = from - 2 * first; i < count; i++, at++) codes[i] = (pairs[at >> 1]! >> (4 * (at & 1))) & 15
  return codes
}

/** Columns first … first + count − 1 of a matrix [R, C] as rows: [count, R], elements as `readElements` gives them. */
export async function readColumns(place: Place, tensor: Tensor, first: number, count: number): Promise<Bytes> {
  const [rows = 0, columns = 0] = tensor.dims
  const unit = Math.max(1, (BITS[tensor.dtype] ?? 8) / 8)
  const result = new Uint8Array(count * rows * unit)
  const scatter = (bytes: Uint8Array, row: number, start: number, width: number, bandRows: number) => {
    for (let r = 0; r < bandRows; r++) {
      const from = r * width + start
      if (unit === 1) {
        for (let c = 0, to = row + r; c < count; c++, to += rows) result[to] = bytes[from + c]!
        continue
      }
      for (let c = 0; c < count; c++) {
        for (let u = 0; u < unit; u++) result[(c * rows + row + r) * unit + u] = bytes[(from + c) * unit + u]!
      }
    }
  }
  // Whole rows where most of each is wanted, so that one read serves many; else a read for each row.
  if (2 * count >= columns) {
    const band = Math.max(1, Math.floor(BAND / (columns * unit)))
    for (let row = 0; row < rows; row += band) {
      const n = Math.min(band, rows - row)
      scatter(await readElements(place, tensor, row * columns, n * columns), row, first, columns, n)
    }
    return result
  }
  for (let row = 0; row < rows; row += 64) {
    const some = Array.from({ length: Math.min(64, rows - row) }, (_, r) => row + r)
    const parts = await Promise.all(some.map((r) => readElements(place, tensor, r * columns + first, count)))
    parts.forEach((bytes, r) => scatter(bytes, row + r, 0, count, 1))
  }
  return result
}

/** float32, float16 or bfloat16 elements as float32. Rejects with one sentence when a value is NaN or infinite. */
export async function readFloats(place: Place, tensor: Tensor, from: number, count: number): Promise<Float32Array<ArrayBuffer>> {
  return toFloats(place, tensor, await readElements(place, tensor, from, count), (i) => from + i)
}

/** Values of one float tensor, checked; `index` says where in the tensor each of them stands. */
export function toFloats(place: Place, tensor: Tensor, bytes: Bytes, index: (i: number) => number): Float32Array<ArrayBuffer> {
  checkFinite(place, tensor, bytes, index)
  if (tensor.dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
  const decode = tensor.dtype === 'float16' ? fromHalf : fromBrain
  return Float32Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), decode)
}

/** An exponent of ones alone is an infinity or NaN. */
export function checkFinite({ file }: Place, tensor: Tensor, bytes: Bytes, index: (i: number) => number): void {
  if (!FLOATS.has(tensor.dtype)) {
    throw new Error(`${file}: ${tensor.name} is stored as ${tensor.dtype}, and must be a float; export the model again.`)
  }
  const wide = tensor.dtype === 'float32'
  const { buffer, byteOffset, length } = bytes
  const words = wide ? new Uint32Array(buffer, byteOffset, length / 4) : new Uint16Array(buffer, byteOffset, length / 2)
  const ones = wide ? 0x7f800000 : tensor.dtype === 'float16' ? 0x7c00 : 0x7f80
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & ones) !== ones) continue
    const fraction = words[i]! & (wide ? 0x7fffff : tensor.dtype === 'float16' ? 0x3ff : 0x7f)
    const value = fraction ? Number.NaN : (words[i]! >>> (wide ? 31 : 15)) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    throw new Error(`${file}: ${tensor.name} holds ${value} at index ${index(i)}, which no model can use; download it again.`)
  }
}

const FLOATS = new Set(['float32', 'float16', 'bfloat16'])

async function readVarints({ repository, file }: Place, tensor: Tensor, size: number, from: number, count: number): Promise<Bytes> {
  const spans = 'spans' in tensor.data ? tensor.data.spans : []
  const length = spans.reduce((sum, span) => sum + span.length, 0)
  const total = elementsOf(tensor)
  const values: number[] = []
  if (length <= MOST_VARINTS && size >= 1) {
    for (const span of spans) {
      for (const value of decodeVarints(await repository.read(file, span.offset, span.length)) ?? []) values.push(value)
    }
  }
  if (values.length !== total) {
    const shape = tensor.dims.join(', ')
    throw new Error(`${file}: ${tensor.name} [${shape}] keeps its values as varints that do not fit its shape; export the model again.`)
  }
  const bytes = new Uint8Array(count * size)
  const view = new DataView(bytes.buffer)
  values.slice(from, from + count).forEach((value, i) => {
    if (size === 1) view.setUint8(i, value)
    else if (size === 2) view.setUint16(2 * i, value, true)
    else view.setUint32(4 * i, value, true)
  })
  return bytes
}

async function readBytes({ repository, file }: Place, { data }: Tensor, offset: number, length: number): Promise<Bytes> {
  if (!('spans' in data)) return own(await repository.read(besideFile(file, data.file), data.offset + offset, length))
  const [only] = data.spans
  if (only && data.spans.length === 1) return own(await repository.read(file, only.offset + offset, length))
  const result = new Uint8Array(length)
  let start = 0 // of the span, among the tensor's bytes
  for (const span of data.spans) {
    const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + span.length)]
    if (from < to) result.set(await repository.read(file, span.offset + from - start, to - from), from - offset)
    start += span.length
  }
  return result
}

/** The whole of a buffer, so that numbers in it are aligned; copied only where it must be. Nobody writes to it. */
function own(bytes: Uint8Array): Bytes {
  const { buffer, length } = bytes
  return length === buffer.byteLength && buffer instanceof ArrayBuffer ? (bytes as Bytes) : Uint8Array.from(bytes)
}

const checked = new WeakMap<Tensor, Promise<void>>()

/** Once a tensor: whether as many bytes are stored as its shape needs. */
function checkStored(place: Place, tensor: Tensor, bits: number): Promise<void> {
  const known = checked.get(tensor)
  if (known) return known
  const result = compareStored(place, tensor, Math.ceil((elementsOf(tensor) * bits) / 8))
  checked.set(tensor, result)
  return result
}

async function compareStored({ repository, file }: Place, { name, dims, data }: Tensor, needed: number): Promise<void> {
  const wrong = (has: number | string) =>
    new Error(`${file}: ${name} [${dims.join(', ')}] needs ${needed} bytes and has ${has}; the file is damaged: download it again.`)
  if ('spans' in data) {
    const total = data.spans.reduce((sum, span) => sum + span.length, 0)
    if (total !== needed) throw wrong(total)
    return
  }
  const { offset, length = needed } = data
  const path = besideFile(file, data.file)
  if (!(await repository.exists(path))) throw new Error(`${file}: ${name} is stored in ${path}, which is missing; put it beside the model.`)
  if (length !== needed) throw wrong(length)
  const size = await repository.size(path)
  if (!(offset >= 0 && offset + length <= size)) throw wrong(`${Math.max(0, size - offset)} in ${path}`)
}
