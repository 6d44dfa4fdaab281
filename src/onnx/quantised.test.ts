/**
 * Every way in which codes lie in files, written here from codes that are known, and read back as numbers: whole, and piece by
 * piece. The expectation is the formula (code − zero) · scale on those codes alone.
 */
import { describe, expect, it } from 'vitest'
import { CODEBOOKS, inFloat64 } from './dequantise'
import { memory, seeded } from './fixture'
import { floatMatrix, sliceRows } from './matrix'
import { bnb4, integers, packedRows } from './quantised'
import type { Tensor } from './scan'
import type { Place, StoredMatrix } from './weight'

const SEED = 11

/** Tensors one behind the other in one file. */
class File {
  private bytes: number[] = []

  tensor(name: string, dtype: string, dims: number[], bytes: Uint8Array): Tensor {
    const offset = this.bytes.length
    this.bytes.push(...bytes)
    // In two spans, so that ranges cross from one into the other.
    const cut = Math.floor(bytes.length / 3)
    const spans = [{ offset, length: cut }, { offset: offset + cut, length: bytes.length - cut }] // prettier-ignore
    return { name, dtype, dims, data: { spans } }
  }

  floats(name: string, dims: number[], values: readonly number[]): Tensor {
    return this.tensor(name, 'float32', dims, new Uint8Array(Float32Array.from(values).buffer))
  }

  /** Reads what the file holds by then. */
  readonly place: Place = {
    repository: {
      ...memory({}),
      read: (_, offset, length) => Promise.resolve(Uint8Array.from(this.bytes.slice(offset, offset + length))),
    },
    file: 'f',
  }
}

/** Fields of `bits`, low bits first, each stretch of `run` in whole bytes. */
function packed(codes: readonly number[], bits: number, run = codes.length): Uint8Array {
  const bytes: number[] = []
  for (let start = 0; start < codes.length; start += run) {
    const part = codes.slice(start, start + run)
    const row = new Uint8Array(Math.ceil((part.length * bits) / 8))
    part.forEach((code, i) => (row[(i * bits) >> 3]! |= code << ((i * bits) & 7)))
    bytes.push(...row)
  }
  return Uint8Array.from(bytes)
}

const random = seeded(SEED)
const below = (n: number) => Math.floor(random() * n)
const list = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i))
const scale = () => Math.fround(random() - 0.4)
const transposed = (values: readonly number[], rows: number, columns: number) =>
  list(values.length, (i) => values[(i % rows) * columns + Math.floor(i / rows)]!)

async function expectNumbers(matrix: StoredMatrix, wanted: readonly number[]): Promise<void> {
  const { rows, columns, turned, read } = inFloat64(matrix)
  expect(turned).toBe(false)
  expect([...(await read(0, rows))]).toEqual(wanted)
  const first = below(rows)
  const count = 1 + below(rows - first)
  expect([...(await read(first, count))]).toEqual(wanted.slice(first * columns, (first + count) * columns))
  const part = inFloat64(sliceRows(matrix, first, count))
  expect([...(await part.read(count - 1, 1))]).toEqual(wanted.slice((first + count - 1) * columns, (first + count) * columns))
  const { format } = matrix
  if (format.kind !== 'blocks') return
  // Rows are whole words, and what lies behind the last column is zero.
  const { values } = await matrix.read(0, rows)
  const stride = 4 * Math.ceil((columns * format.bits) / 32)
  expect(values.length).toBe(rows * stride)
  expect(values.every((byte, i) => (i % stride) * 8 < columns * format.bits || byte === 0)).toBe(true)
}

describe(`quantised matrices (seed ${SEED})`, () => {
  const shapes = [[5, 64, 32], [7, 96, 64], [3, 50, 16], [4, 129, 128], [2, 16, 128]] // prettier-ignore
  const zeroKinds = ['none', 'packed', 'floats'] as const
  const packedCases = [2, 4, 8].flatMap((bits) => zeroKinds.flatMap((zeros) => shapes.map((shape) => ({ bits, zeros, shape }))))
  it.each(packedCases)('MatMulNBits: $bits bits, zeros $zeros, $shape', async ({ bits, zeros, shape: [R = 0, C = 0, B = 0] }) => {
    const blocks = Math.ceil(C / B)
    const codes = list(R * blocks * B, () => below(2 ** bits)) // the last block is padded with anything
    const scales = list(R * blocks, scale)
    const zero = list(R * blocks, () => {
      return zeros === 'none' ? 2 ** (bits - 1) : zeros === 'packed' ? below(2 ** bits) : Math.fround(4 * random())
    })
    const file = new File()
    const matrix = packedRows(file.place, {
      rows: R,
      columns: C,
      bits,
      block: B,
      codes: file.tensor('codes', 'uint8', [R, blocks, (B * bits) / 8], packed(codes, bits)),
      scales: file.floats('scales', random() < 0.5 ? [R, blocks] : [R * blocks], scales),
      ...(zeros === 'floats' && { zeros: file.floats('zeros', [R, blocks], zero) }),
      ...(zeros === 'packed' && { zeros: file.tensor('zeros', 'uint8', [R, Math.ceil((blocks * bits) / 8)], packed(zero, bits, blocks)) }),
    })
    const wanted = list(R * C, (i) => {
      const [row, column] = [Math.floor(i / C), i % C]
      const b = row * blocks + Math.floor(column / B)
      // Two bits become four, and their zeros go up by 6, in float32.
      const shifted = zeros === 'floats' && bits === 2 ? Math.fround(zero[b]! + 6) - 6 : zero[b]!
      return (codes[row * blocks * B + column]! - shifted) * scales[b]!
    })
    await expectNumbers(matrix, wanted)
  })

  const flattened = [[4, 64, 64], [5, 96, 64], [3, 176, 64], [2, 48, 128], [7, 160, 64]].flatMap((shape) => // prettier-ignore
    (['nf4', 'fp4'] as const).map((table) => ({ shape, table })),
  )
  it.each(flattened)('MatMulBnb4: $table $shape', async ({ shape: [R = 0, C = 0, B = 0], table }) => {
    const codes = list(R * C, () => below(16))
    const pairs = list((R * C) / 2, (i) => (codes[2 * i]! << 4) | codes[2 * i + 1]!)
    const absmax = list(Math.ceil((R * C) / B), scale)
    const file = new File()
    const matrix = bnb4(file.place, {
      rows: R,
      columns: C,
      block: B,
      codes: file.tensor('codes', 'uint8', [pairs.length], Uint8Array.from(pairs)),
      absmax: file.floats('absmax', [absmax.length], absmax),
      table,
    })
    await expectNumbers(matrix, codes.map((code, i) => CODEBOOKS[table][code]! * absmax[Math.floor(i / B)]!)) // prettier-ignore
  })

  it('refuses blocks whose parts would be too small', () => {
    const file = new File()
    const [codes, absmax] = [file.tensor('codes', 'uint8', [100], new Uint8Array(100)), file.floats('absmax', [4], [1, 1, 1, 1])]
    const open = () => bnb4(file.place, { rows: 4, columns: 50, block: 64, codes, absmax, table: 'nf4' })
    expect(open).toThrow('f: codes has blocks of 64 that do not fit rows of 50')
  })

  const dtypes = ['int8', 'uint8', 'int4', 'uint4'] as const
  const integerCases = dtypes.flatMap((dtype) =>
    (['one', 'rows', 'blocks'] as const).flatMap((scales) =>
      [true, false].flatMap((turned) => [true, false].map((zeros) => ({ dtype, scales, turned, zeros }))),
    ),
  )
  it.each(integerCases)('$dtype: scales $scales, turned $turned, zeros $zeros', async ({ dtype, scales: kind, turned, zeros }) => {
    const [R, C, block] = [5 + 2 * below(3), 33 + below(20), kind === 'blocks' ? 16 : 0] // odd rows: nibbles of two rows share bytes
    const bits = dtype.endsWith('4') ? 4 : 8
    const lowest = dtype.startsWith('u') ? 0 : -(2 ** (bits - 1))
    const blocks = block ? Math.ceil(C / block) : 1
    const count = kind === 'one' ? 1 : R * blocks
    const code = () => lowest + below(2 ** bits)
    const [codes, scales, zero] = [list(R * C, code), list(count, scale), list(count, () => (zeros ? code() : 0))]
    const file = new File()
    const write = (name: string, values: number[], columns: number) => {
      const lying = turned ? transposed(values, values.length / columns, columns) : values
      const bytes = packed(lying.map((value) => value & (2 ** bits - 1)), bits) // prettier-ignore
      return file.tensor(name, dtype, turned ? [columns, values.length / columns] : [values.length / columns, columns], bytes)
    }
    const flat = (tensor: Tensor) => ({ ...tensor, dims: kind === 'one' ? [] : kind === 'rows' ? [R] : tensor.dims })
    const lyingScales = turned && block ? transposed(scales, R, blocks) : scales
    const matrix = integers(file.place, {
      codes: write('codes', codes, C),
      turned,
      scales: flat(file.floats('scales', turned ? [blocks, R] : [R, blocks], lyingScales)),
      ...(zeros && { zeros: flat(write('zeros', zero, kind === 'blocks' ? blocks : 1)) }),
      block,
    })
    const at = (i: number) => (kind === 'one' ? 0 : Math.floor(i / C) * blocks + (block ? Math.floor((i % C) / block) : 0))
    await expectNumbers(matrix, codes.map((value, i) => (value - zero[at(i)]!) * scales[at(i)]!)) // prettier-ignore
  })

  it('float16 and bfloat16, upright and turned, of odd widths', async () => {
    const file = new File()
    const halves = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x3555] // 1, −2, 2⁻²⁴, 65504, −0, a third
    const numbers = [1, -2, 2 ** -24, 65504, -0, 0.333251953125]
    const f16 = file.tensor('h', 'float16', [2, 3], new Uint8Array(Uint16Array.from(halves).buffer))
    await expectNumbers(floatMatrix(file.place, f16, false), numbers)
    const turned = floatMatrix(file.place, f16, true)
    expect(turned).toMatchObject({ rows: 3, columns: 2, turned: true, format: { kind: 'f16' } })
    expect([...(await inFloat64(sliceRows(turned, 1, 2)).read(0, 2))]).toEqual([-2, 2 ** -24, -0, 0.333251953125])
    const bf16 = file.tensor('b', 'bfloat16', [2, 2], new Uint8Array(Uint16Array.of(0x3f80, 0x4049, 0xc000, 0x0080).buffer))
    const wide = floatMatrix(file.place, bf16, false)
    expect(wide.format).toEqual({ kind: 'f32' })
    await expectNumbers(wide, [1, 3.140625, -2, 2 ** -126])
    const bad = file.tensor('n', 'float16', [1, 2], new Uint8Array(Uint16Array.of(0, 0xfc00).buffer))
    await expect(floatMatrix(file.place, bad, false).read(0, 1)).rejects.toThrow('n holds -Infinity at index 1')
  })

  it('reads little of a large matrix', async () => {
    const [R, C] = [4096, 256]
    const file = new File()
    let most = 0
    const repository = { ...file.place.repository, read: (_: string, __: number, length: number) => {
      most = Math.max(most, length)
      return Promise.resolve(new Uint8Array(length))
    } } // prettier-ignore
    const tensor = (dims: number[], dtype: string): Tensor => ({ name: 'w', dtype, dims, data: { spans: [{ offset: 0, length: R * C }] } })
    const one = { name: 's', dtype: 'float32', dims: [], data: { spans: [{ offset: 0, length: 4 }] } }
    const place = { repository, file: 'f' }
    for (const turned of [true, false]) {
      const matrix = integers(place, { codes: tensor(turned ? [C, R] : [R, C], 'uint8'), turned, scales: one, block: 0 })
      most = 0
      await matrix.read(100, 64)
      expect(most).toBe(turned ? 64 : 64 * C)
    }
  })
})
