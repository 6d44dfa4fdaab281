/**
 * Quantised tensors as matrices of blocks: w = (code − zero) · scale, codes without a sign. What lies otherwise in the file
 * (high nibble first, two bits, signed, [in, out]) is put right while it is read. Formulas: ONNX Runtime's ContribOperators.md
 * (MatMulNBits, MatMulBnb4, GatherBlockQuantized) and ONNX's DequantizeLinear.
 */
import { elementsOf, readColumns, readElements, readFloats, toFloats } from './bytes'
import { padRows, wordsOf } from './matrix'
import type { Tensor } from './scan'
import type { MatrixPiece, Place, StoredMatrix } from './weight'

type Bytes = Uint8Array<ArrayBuffer>

/** One run of codes a row, low bits first (MatMulNBits and, of uint8, GatherBlockQuantized). */
export interface PackedRows {
  rows: number
  columns: number
  bits: number
  block: number
  codes: Tensor
  /** [rows, blocks], in any shape. */
  scales: Tensor
  /** Floats like the scales, or codes packed like the weight's, each row in whole bytes. */
  zeros?: Tensor
}

export function packedRows(place: Place, packed: PackedRows): StoredMatrix {
  const { rows, columns, bits, block, codes, scales, zeros } = packed
  const refuse = (what: string) => new Error(`${place.file}: ${codes.name} ${what}; export the model again.`)
  if (bits !== 2 && bits !== 4 && bits !== 8) throw refuse(`is quantised to ${bits} bits, and only 2, 4 and 8 can be read`)
  if (!(Number.isInteger(block) && block >= 16)) throw refuse(`has blocks of ${block}, which must be 16 or more`)
  const blocks = Math.ceil(columns / block)
  const rowBytes = elementsOf(codes) / rows
  const dense = Math.ceil((columns * bits) / 8)
  if (codes.dtype !== 'uint8' || !(rowBytes === dense || rowBytes === (blocks * block * bits) / 8)) {
    throw refuse(`is ${codes.dtype} [${codes.dims.join(', ')}], which is not ${rows} rows of ${columns} codes of ${bits} bits`)
  }
  expectCount(place, scales, rows * blocks)
  const packedZeros = zeros?.dtype === 'uint8'
  const zeroBytes = Math.ceil((blocks * bits) / 8)
  if (zeros) expectCount(place, zeros, rows * (packedZeros ? zeroBytes : blocks))
  const shift = bits === 2 ? 6 : 0 // two bits become four: the usual zero 2 becomes 8
  const wide = bits === 8 ? 8 : 4
  return {
    rows,
    columns,
    format: { kind: 'blocks', bits: wide, block, codes: 'linear' },
    turned: false,
    zeros: zeros !== undefined,
    ...(bits === 2 && { fileBits: 2 }),
    async read(first, count) {
      const bytes = await readElements(place, codes, first * rowBytes, count * rowBytes)
      const row = wordsOf((columns * wide) / 8)
      const values = bits === 2 ? widen(bytes, rowBytes, columns, count, shift) : cutRows(bytes, rowBytes, row, (columns * wide) / 8, count)
      const piece: MatrixPiece = { values, scales: await readFloats(place, scales, first * blocks, count * blocks) }
      if (zeros && packedZeros) {
        const packedBytes = await readElements(place, zeros, first * zeroBytes, count * zeroBytes)
        piece.zeros = Float32Array.from({ length: count * blocks }, (_, i) => {
          return field(packedBytes, Math.floor(i / blocks) * zeroBytes, i % blocks, bits) + shift
        })
      } else if (zeros) piece.zeros = (await readFloats(place, zeros, first * blocks, count * blocks)).map((zero) => zero + shift)
      return piece
    },
  }
}

/** Number `index` of a run of fields of `bits`, low bits first, that starts at byte `start`. */
function field(bytes: Uint8Array, start: number, index: number, bits: number): number {
  const at = index * bits
  return (bytes[start + (at >> 3)]! >> (at & 7)) & ((1 << bits) - 1)
}

function widen(bytes: Uint8Array, rowBytes: number, columns: number, count: number, shift: number): Bytes {
  const row = wordsOf(columns / 2)
  const values = new Uint8Array(count * row)
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < columns; c++) values[r * row + (c >> 1)]! |= (field(bytes, r * rowBytes, c, 2) + shift) << (4 * (c & 1))
  }
  return values
}

/** Rows of `from` bytes as rows of `row`; codes behind the last column, from byte `used` on, become zeros. */
function cutRows(bytes: Bytes, from: number, row: number, used: number, count: number): Bytes {
  if (used === row) return padRows(bytes, from, row, count)
  const values = from === row ? bytes.slice() : padRows(bytes, from, row, count)
  for (let r = 0; r < count; r++) {
    if (used % 1) values[r * row + Math.floor(used)]! &= 15
    values.fill(0, r * row + Math.ceil(used), (r + 1) * row)
  }
  return values
}

interface Flattened {
  rows: number
  columns: number
  block: number
  codes: Tensor
  absmax: Tensor
  table: 'nf4' | 'fp4'
}

/** MatMulBnb4: codes of the flattened matrix [rows, columns], high nibble first; absmax of every `block` of them. */
export function bnb4(place: Place, { rows, columns, block, codes, absmax, table }: Flattened): StoredMatrix {
  // Blocks run on from row to row; within a row, parts of this size never cross from one into the next.
  const part = greatestCommonDivisor(columns, block)
  if (!(part >= 16)) {
    throw new Error(
      `${place.file}: ${codes.name} has blocks of ${block} that do not fit rows of ${columns}, and parts of less than 16 cannot be read; ` +
        'choose a file of another precision.',
    )
  }
  expectCount(place, codes, (rows * columns) / 2)
  expectCount(place, absmax, Math.ceil((rows * columns) / block))
  const parts = columns / part
  return {
    rows,
    columns,
    format: { kind: 'blocks', bits: 4, block: part, codes: table },
    turned: false,
    zeros: false,
    async read(first, count) {
      const bytes = await readElements(place, codes, (first * columns) / 2, (count * columns) / 2)
      const values = bytes.map((pair) => (pair >> 4) | ((pair & 15) << 4))
      const from = Math.floor((first * columns) / block)
      const to = Math.ceil(((first + count) * columns) / block)
      const found = await readFloats(place, absmax, from, to - from)
      const scales = Float32Array.from({ length: count * parts }, (_, i) => found[Math.floor((first * columns + i * part) / block) - from]!)
      return { values: padRows(values, columns / 2, wordsOf(columns / 2), count), scales }
    },
  }
}

/** Integers [rows, columns] of 4 or 8 bits, or, turned, [columns, rows], with scales (and zeros) of one of three kinds. */
export interface Integers {
  codes: Tensor
  turned: boolean
  scales: Tensor
  zeros?: Tensor
  /** 0: one scale for all, or one a row. Else blocks along the columns, and scales lie as the codes do. */
  block: number
}

export function integers(place: Place, { codes, turned, scales, zeros, block }: Integers): StoredMatrix {
  const [high = 0, width = 0] = codes.dims
  const [rows, columns] = turned ? [width, high] : [high, width]
  const four = codes.dtype === 'int4' || codes.dtype === 'uint4'
  if (!four && codes.dtype !== 'int8' && codes.dtype !== 'uint8') {
    const what = `${codes.name} is stored as ${codes.dtype}`
    throw new Error(`${place.file}: ${what}, and only integers of 4 and 8 bits can be read; choose another file.`)
  }
  if (zeros && zeros.dtype !== codes.dtype) {
    throw new Error(`${place.file}: ${zeros.name} is ${zeros.dtype}, but the codes are ${codes.dtype}; export the model again.`)
  }
  const bits = four ? 4 : 8
  const half = 2 ** (bits - 1)
  // Signed codes go up by half their range: the same bits but for the highest.
  const flip = codes.dtype.startsWith('u') ? 0 : half
  const blocks = block ? Math.ceil(columns / block) : 1
  const single = !block && elementsOf(scales) === 1
  for (const tensor of zeros ? [scales, zeros] : [scales]) {
    if (block) expectDims(place, tensor, turned ? [blocks, rows] : [rows, blocks])
    else if (!single || tensor !== scales) expectCount(place, tensor, elementsOf(tensor) === 1 ? 1 : rows)
  }
  /** [count, blocks] as bytes of the tensor's type. */
  const sidecar = async (tensor: Tensor, first: number, count: number): Promise<Bytes> => {
    if (block) return turned ? readColumns(place, tensor, first, count) : readElements(place, tensor, first * blocks, count * blocks)
    if (elementsOf(tensor) > 1) return readElements(place, tensor, first, count)
    const one = await readElements(place, tensor, 0, 1)
    return Uint8Array.from({ length: count * one.length }, (_, i) => one[i % one.length]!)
  }
  return {
    rows,
    columns,
    format: { kind: 'blocks', bits, block: block || columns, codes: 'linear' },
    turned: false,
    zeros: zeros !== undefined || flip === 0,
    async read(first, count) {
      const upright = () => readElements(place, codes, first * columns, count * columns)
      const raw = await (turned ? readColumns(place, codes, first, count) : upright())
      const values = pack(raw, bits, flip, columns, count)
      const scale = toFloats(place, scales, await sidecar(scales, first, count), (i) => first * blocks + i)
      if (!zeros && flip) return { values, scales: scale } // zero is 0 of the signed codes
      const zero = zeros ? Float32Array.from(await sidecar(zeros, first, count), (code) => code ^ flip) : new Float32Array(count * blocks)
      return { values, scales: scale, zeros: zero }
    },
  }
}

/** One code a byte into rows of whole words. */
function pack(codes: Bytes, bits: 4 | 8, flip: number, columns: number, count: number): Bytes {
  const row = wordsOf((columns * bits) / 8)
  const values = new Uint8Array(count * row)
  for (let r = 0; r < count; r++) {
    for (let c = 0; c < columns; c++) {
      const code = codes[r * columns + c]! ^ flip
      if (bits === 8) values[r * row + c] = code
      else values[r * row + (c >> 1)]! |= code << (4 * (c & 1))
    }
  }
  return values
}

function expectCount({ file }: Place, tensor: Tensor, count: number): void {
  if (elementsOf(tensor) === count) return
  const shape = tensor.dims.join(', ')
  throw new Error(`${file}: ${tensor.name} is [${shape}], but its matrix needs ${count} values there; export the model again.`)
}

function expectDims({ file }: Place, tensor: Tensor, dims: number[]): void {
  if (tensor.dims.join() === dims.join()) return
  const shape = tensor.dims.join(', ')
  throw new Error(`${file}: ${tensor.name} is [${shape}], but its matrix needs [${dims.join(', ')}]; export the model again.`)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b > 0 ? greatestCommonDivisor(b, a % b) : a
}
