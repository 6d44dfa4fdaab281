/** Frozen matrices on the GPU in the format of their file: the loader that expands each inside the kernels, and its bindings. */
import { type Kernel, type Linked, withLoader } from '../gpu/kernel'
import { slice, type Tensor } from '../gpu/tensor'
import blocks from './load-blocks.wgsl?raw'
import codebook from './load-codebook.wgsl?raw'
import half from './load-f16.wgsl?raw'
import zeros from './load-zeros.wgsl?raw'

/**
 * blocks: codes of `bits`, each `block` columns with one scale; value = (code − zero) · scale for linear ones, table[code] · scale
 * for nf4 and fp4.
 */
export type Format =
  { kind: 'f32' } | { kind: 'f16' } | { kind: 'blocks'; bits: 4 | 8; block: number; codes: 'linear' | 'nf4' | 'fp4' }

/** A linear is [outputs, inputs], an embedding or head [vocabulary, hidden]; none learns. */
export interface Matrix {
  rows: number
  columns: number
  format: Format
  /** Values lie as [columns, rows]; only f32 and f16. */
  turned: boolean
  /** Row-major, 32-bit words; each stored row is padded to whole words. */
  values: Tensor
  /** [rows, blocks of a row] of a format in blocks. */
  scales?: Tensor
  /** [rows, blocks of a row]; without it the zero point is 2^(bits − 1). */
  zeros?: Tensor
  /** [16] of nf4 and fp4. */
  table?: Tensor
}

/** Values of the codes 0 … 15, as bitsandbytes has them. */
export const CODEBOOKS = {
  nf4: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434,
    0.5626170039176941, 0.7229568362236023, 1,
  ],
  fp4: [0, 0.00520833333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25, 0, -0.00520833333, -0.66666667, -1, -0.33333333, -0.5,
    -0.16666667, -0.25],
} // prettier-ignore

/** A block that no row is longer than: one scale a row, whatever its length, so that it needs one pipeline. */
const WHOLE_ROW = 2 ** 20

/** An f32 tensor [rows, columns] as a matrix. */
export function plain(values: Tensor): Matrix {
  const [rows, columns] = values.shape as [number, number]
  return { rows, columns, format: { kind: 'f32' }, turned: false, values }
}

/** Words of a stored row, and scales of it, of a matrix whose stored rows hold `width` numbers. */
export function rowSizes(format: Format, width: number): { words: number; scales: number } {
  switch (format.kind) {
    case 'f32':
      return { words: width, scales: 0 }
    case 'f16':
      return { words: Math.ceil(width / 2), scales: 0 }
    case 'blocks':
      return { words: Math.ceil((width * format.bits) / 32), scales: Math.ceil(width / format.block) }
  }
}

/** Bytes of a matrix on the GPU; `zeros` when each block has a zero point of its own. */
export function matrixBytes({ rows, columns, format, turned }: Omit<Matrix, 'values'>, zeros = false): number {
  const sizes = rowSizes(format, turned ? rows : columns)
  return 4 * (turned ? columns : rows) * (sizes.words + sizes.scales * (zeros ? 2 : 1))
}

/** Rows first … first + count − 1; first must be a multiple of 64, and the matrix not turned. */
export function rowsOf(matrix: Matrix, first: number, count: number): Matrix {
  const { words, scales } = rowSizes(matrix.format, matrix.columns)
  const part = (tensor: Tensor, width: number) => slice(tensor, first * width, [count, width])
  return {
    ...matrix,
    rows: count,
    values: part(matrix.values, words),
    ...(matrix.scales && { scales: part(matrix.scales, scales) }),
    ...(matrix.zeros && { zeros: part(matrix.zeros, scales) }),
  }
}

/** What a kernel needs to read a matrix: itself with the right loader, its constants, and what is bound at 2, 8 and 9. */
export interface Loading {
  kernel: Kernel
  linked: Linked
  values: Tensor
  scales: Tensor | undefined
  zeros: Tensor | undefined
}

const LOADERS = {
  f16: { name: 'load-f16', code: half },
  blocks: { name: 'load-blocks', code: blocks },
  zeros: { name: 'load-zeros', code: zeros },
  codebook: { name: 'load-codebook', code: codebook },
}
const made = new Map<string, Kernel>()

export function loading(kernel: Kernel, { format, columns, values, scales, zeros: zero, table }: Matrix): Loading {
  if (format.kind === 'f32') return { kernel, linked: {}, values, scales: undefined, zeros: undefined }
  if (format.kind === 'f16') return { kernel: variant(kernel, 'f16'), linked: {}, values, scales: undefined, zeros: undefined }
  const { bits, block, codes } = format
  if (block % 4 !== 0 && block < columns) {
    throw new Error(`A block of ${block} columns cannot be read four at a time: requantise with a block size that 4 divides`)
  }
  const size = { BLOCK: block < columns ? block : WHOLE_ROW }
  if (codes !== 'linear') return { kernel: variant(kernel, 'codebook'), linked: size, values, scales, zeros: table }
  return { kernel: variant(kernel, zero ? 'zeros' : 'blocks'), linked: { ...size, BITS: bits }, values, scales, zeros: zero }
}

function variant(kernel: Kernel, loader: keyof typeof LOADERS): Kernel {
  const key = `${kernel.name} ${loader}`
  const found = made.get(key) ?? withLoader(kernel, LOADERS[loader])
  made.set(key, found)
  return found
}
