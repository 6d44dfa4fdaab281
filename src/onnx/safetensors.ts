/**
 * Safetensors (github.com/huggingface/safetensors): eight bytes of header length (little-endian), a JSON header
 * { name: { dtype, shape, data_offsets: [begin, end] } }, then the tensors' bytes. Read into f32, written as F32.
 */
import { fromHalf } from './half'

export interface NamedTensor {
  shape: number[]
  data: Float32Array
}

/** Bytes of a header, at most; that of an adapter has some hundred a tensor. */
const HEADER = 10_000_000

const BYTES: Record<string, number> = { F64: 8, F32: 4, F16: 2, BF16: 2 }

/** Throws one sentence when the bytes are truncated or a tensor's type is not a float of 2, 4 or 8 bytes. */
export function readSafetensors(bytes: Uint8Array, file = 'the safetensors file'): Map<string, NamedTensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.byteLength < 8 ? Number.NaN : Number(view.getBigUint64(0, true))
  if (!(8 + length <= bytes.byteLength)) throw new Error(`${file} is truncated: its header does not end; download or write it again.`)
  if (length > HEADER) throw new Error(`${file} has a header of ${length} bytes, more than the ${HEADER} that are read; write it again.`)
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(8, 8 + length)), file)
  const tensors = new Map<string, NamedTensor>()
  for (const [name, entry] of header) {
    const called = `${file}: tensor ${plain(name)}`
    if (!isEntry(entry)) throw new Error(`${called} has no dtype, shape and data_offsets that can be read; download or write it again.`)
    const { dtype, shape, data_offsets: [begin, end] } = entry // prettier-ignore
    const size = BYTES[dtype]
    if (!size) throw new Error(`${called} has the type ${plain(dtype, 20)}; only ${Object.keys(BYTES).join(', ')} can be read.`)
    const count = shape.reduce((a, b) => a * b, 1)
    if (!Number.isSafeInteger(count * size)) throw new Error(`${called} has a shape of more values than any file holds; write it again.`)
    if (end - begin !== count * size || 8 + length + end > bytes.byteLength) {
      throw new Error(`${called} needs ${count * size} bytes at ${begin}, which the file does not give; write it again.`)
    }
    const content = new DataView(view.buffer, view.byteOffset + 8 + length + begin, count * size)
    tensors.set(name, { shape, data: decode(dtype, content, count) })
  }
  return tensors
}

/** Tensors in the given order, header padded with spaces to eight bytes as the reference implementation does. */
export function writeSafetensors(tensors: Iterable<[string, NamedTensor]>, metadata = { format: 'pt' }): Uint8Array<ArrayBuffer> {
  const entries = [...tensors]
  const header: Record<string, unknown> = { __metadata__: metadata }
  let end = 0
  for (const [name, { shape, data }] of entries) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new Error(`tensor ${name}: shape [${shape.join(', ')}] does not hold ${data.length} values.`)
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + length + end)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(length), true)
  bytes.fill(0x20, 8, 8 + length)
  bytes.set(json, 8)
  let at = 8 + length
  for (const [, { data }] of entries) {
    for (const value of data) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  return bytes
}

/** In a sentence, which has one line. */
const plain = (text: string, letters = 200) => text.slice(0, letters).replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

function parseHeader(json: string, file: string): [string, unknown][] {
  let header: unknown
  try {
    header = JSON.parse(json)
  } catch {
    header = undefined
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new Error(`${file} has no readable header; it is no safetensors file, or a damaged one.`)
  }
  return Object.entries(header).filter(([name]) => name !== '__metadata__')
}

function isEntry(value: unknown): value is Entry {
  const isList = (list: unknown): list is number[] => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0)
  const { dtype, shape, data_offsets } = (value ?? {}) as Partial<Record<keyof Entry, unknown>>
  return typeof dtype === 'string' && isList(shape) && isList(data_offsets) && data_offsets.length === 2
}

function decode(dtype: string, view: DataView, count: number): Float32Array {
  const data = new Float32Array(count)
  const bits = new Uint32Array(data.buffer)
  for (let i = 0; i < count; i++) {
    if (dtype === 'F32') bits[i] = view.getUint32(i * 4, true)
    else if (dtype === 'BF16') bits[i] = view.getUint16(i * 2, true) << 16
    else if (dtype === 'F16') data[i] = fromHalf(view.getUint16(i * 2, true))
    else data[i] = view.getFloat64(i * 8, true)
  }
  return data
}
