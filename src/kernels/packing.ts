/** For tests: random matrices in every format, and the numbers that they stand for. */
import type { Graph } from '../gpu/tape'
import { uniform } from './check'
import { CODEBOOKS, type Format, type Matrix, rowSizes } from './matrix'

/** A matrix as a file would hold it; contents as in Matrix. */
export interface Packing {
  rows: number
  columns: number
  format: Format
  turned: boolean
  words: Uint32Array
  scales?: Float32Array
  zeros?: Float32Array
  /** [rows, columns], exact. */
  numbers: number[]
}

export interface PackingCase {
  name: string
  format: Format
  turned?: boolean
  /** Each block has its own zero point. */
  zeros?: boolean
}

/** Block 16 stands for several blocks a row; 4096 for one. */
export const PACKINGS: PackingCase[] = [
  { name: 'f32', format: { kind: 'f32' } },
  { name: 'f32, turned', format: { kind: 'f32' }, turned: true },
  { name: 'f16', format: { kind: 'f16' } },
  { name: 'f16, turned', format: { kind: 'f16' }, turned: true },
  { name: 'q4', format: { kind: 'blocks', bits: 4, block: 16, codes: 'linear' } },
  { name: 'q4 with zero points', format: { kind: 'blocks', bits: 4, block: 16, codes: 'linear' }, zeros: true },
  { name: 'q8', format: { kind: 'blocks', bits: 8, block: 16, codes: 'linear' } },
  { name: 'q8 with one zero point a row', format: { kind: 'blocks', bits: 8, block: 4096, codes: 'linear' }, zeros: true },
  { name: 'nf4', format: { kind: 'blocks', bits: 4, block: 16, codes: 'nf4' } },
  { name: 'fp4', format: { kind: 'blocks', bits: 4, block: 32, codes: 'fp4' } },
]

export function packing({ format, turned = false, zeros: own = false }: PackingCase, rows: number, columns: number, seed: number): Packing {
  const [outer, width] = turned ? [columns, rows] : [rows, columns]
  const { words: stride, scales: blocks } = rowSizes(format, width)
  const words = new Uint32Array(outer * stride)
  const random = uniform(outer * width, seed)
  const scales = Float32Array.from(uniform(outer * blocks, seed + 1)) // of both signs, as quantisers write them
  const code = (x: number, most: number) => Math.floor(((x + 1) / 2) * (most + 1))
  const bits = format.kind === 'blocks' ? format.bits : 32
  const zeros = own ? Float32Array.from(uniform(outer * blocks, seed + 2), (x) => code(x, 2 ** bits - 1)) : undefined
  const stored = random.map((x, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    const put = (value: number, size: number) => {
      const bit = column * size
      words[row * stride + (bit >> 5)]! |= value << (bit & 31)
    }
    if (format.kind === 'f32') {
      put(new Uint32Array(Float32Array.of(x).buffer)[0]!, 32)
      return Math.fround(x)
    }
    if (format.kind === 'f16') {
      const half = halfBits(x)
      put(half, 16)
      return halfValue(half)
    }
    const q = code(x, 2 ** format.bits - 1)
    put(q, format.bits)
    const block = row * blocks + Math.floor(column / format.block)
    if (format.codes !== 'linear') return Math.fround(CODEBOOKS[format.codes][q]!) * scales[block]!
    return (q - (zeros?.[block] ?? 2 ** (format.bits - 1))) * scales[block]!
  })
  const numbers = turned ? Array.from(stored, (_, i) => stored[(i % columns) * rows + Math.floor(i / columns)]!) : stored
  return { rows, columns, format, turned, words, ...(blocks > 0 && { scales }), ...(zeros && { zeros }), numbers }
}

/** The packing on the GPU. */
export function upload(g: Graph, { rows, columns, format, turned, words, scales, zeros }: Packing): Matrix {
  const outer = turned ? columns : rows
  const matrix = { rows, columns, format, turned, values: g.upload(words, [outer, words.length / outer]) }
  const book = format.kind === 'blocks' && format.codes !== 'linear' ? CODEBOOKS[format.codes] : undefined
  return {
    ...matrix,
    ...(scales && { scales: g.upload(scales) }),
    ...(zeros && { zeros: g.upload(zeros) }),
    ...(book && { table: g.upload(Float32Array.from(book)) }),
  }
}

/** The bits of a float16 near x in (−1, 1): sign, five bits of exponent, ten of fraction; every ninth or so is subnormal. */
function halfBits(x: number): number {
  const sign = x < 0 ? 0x8000 : 0
  const size = Math.abs(x)
  if (size < 0.1) return sign | Math.floor(size * 10 * 1023)
  const exponent = Math.floor(Math.log2(size))
  return sign | ((exponent + 15) << 10) | Math.floor((size / 2 ** exponent - 1) * 1024)
}

function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fraction = (bits & 1023) / 1024
  return (bits & 0x8000 ? -1 : 1) * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15))
}
