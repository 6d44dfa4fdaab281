/** The numbers that a stored matrix stands for, in f64: the truth that kernels are measured against. */
import { fromHalf } from './half'
import { wordsOf } from './matrix'
import type { Model } from './model'
import type { Format, MatrixPiece, MatrixSource, StoredMatrix, WeightSource } from './weight'

/** bitsandbytes' tables of 4 bits; NF4: quantiles of the normal distribution (arXiv 2305.14314, appendix E). */
export const CODEBOOKS: Readonly<Record<'nf4' | 'fp4', readonly number[]>> = {
  nf4: [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ],
  fp4: [
    0, 0.00520833333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25,
    0, -0.00520833333, -0.66666667, -1, -0.33333333, -0.5, -0.16666667, -0.25,
  ],
} // prettier-ignore

/** `count` rows of `width` numbers of one piece, [count, width]. */
export function dequantise(piece: MatrixPiece, format: Format, count: number, width: number): Float64Array {
  if (format.kind === 'blocks') return dequantiseBlocks(piece, format, count, width)
  const { values } = piece
  const result = new Float64Array(count * width)
  if (format.kind === 'f32') {
    result.set(new Float32Array(values.buffer, values.byteOffset, count * width))
    return result
  }
  const stride = wordsOf(2 * width)
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * stride + 2 * column
      result[row * width + column] = fromHalf(values[at]! | (values[at + 1]! << 8))
    }
  }
  return result
}

type Blocks = Extract<Format, { kind: 'blocks' }>

function dequantiseBlocks({ values, scales, zeros }: MatrixPiece, format: Blocks, count: number, width: number): Float64Array {
  const { bits, block, codes } = format
  const result = new Float64Array(count * width)
  const stride = wordsOf((width * bits) / 8)
  const blocks = Math.ceil(width / block)
  const table = Float64Array.from(codes === 'linear' ? Array.from({ length: 2 ** bits }, (_, code) => code) : CODEBOOKS[codes])
  const middle = codes === 'linear' ? 2 ** (bits - 1) : 0
  for (let row = 0; row < count; row++) {
    for (let b = 0; b < blocks; b++) {
      const scale = scales![row * blocks + b]!
      const zero = zeros ? zeros[row * blocks + b]! : middle
      const end = Math.min(width, (b + 1) * block)
      for (let column = b * block; column < end; column++) {
        const code = bits === 8 ? values[row * stride + column]! : (values[row * stride + (column >> 1)]! >> (4 * (column & 1))) & 15
        result[row * width + column] = (table[code]! - zero) * scale
      }
    }
  }
  return result
}

/** The same matrix with its pieces in f64; rows of a turned one are its stored rows. */
export function inFloat64(matrix: StoredMatrix) {
  const { rows, columns, turned, format } = matrix
  const read = async (first: number, count: number) =>
    dequantise(await matrix.read(first, count), format, count, turned ? rows : columns)
  return { rows, columns, turned, read }
}

/** All weights of a model in f64: vectors now, matrices when they are read. */
export async function modelInFloat64({ config, weights, rope }: Pick<Model, 'config' | 'weights' | 'rope'>) {
  const vector = async (source: WeightSource) => Float64Array.from(await source.read())
  const matrix = ({ stored }: MatrixSource) => inFloat64(stored)
  const layers = await Promise.all(
    weights.layers.map(async ({ inputNorm, postNorm, q, k, v, o, gate, up, down, qBias, kBias, vBias, qNorm, kNorm }) => ({
      inputNorm: await vector(inputNorm),
      postNorm: await vector(postNorm),
      q: matrix(q),
      k: matrix(k),
      v: matrix(v),
      o: matrix(o),
      gate: matrix(gate),
      up: matrix(up),
      down: matrix(down),
      ...(qBias && { qBias: await vector(qBias) }),
      ...(kBias && { kBias: await vector(kBias) }),
      ...(vBias && { vBias: await vector(vBias) }),
      ...(qNorm && { qNorm: await vector(qNorm) }),
      ...(kNorm && { kNorm: await vector(kNorm) }),
    })),
  )
  return {
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    eps: config.rmsNormEps,
    embedding: matrix(weights.embedding),
    head: matrix(weights.head ?? weights.embedding),
    finalNorm: await vector(weights.finalNorm),
    layers,
    rope: (count: number) => rope.tables(count),
  }
}
