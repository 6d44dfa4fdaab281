/**
 * A weight of a file: where it lies, its shape, and how its values come out. A matrix is read as it lies, in pieces (`stored`);
 * a vector at once, in float32.
 */
import type { Repository } from './repository'

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
  /** Whether every piece comes with zero points. */
  zeros: boolean
  /** The bits of a code in the file, where they are fewer than the format's. */
  fileBits?: number
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

export interface WeightSource {
  /** Of what `read` returns, row-major: [in, out] of a linear, [V, C] of the embedding and the head, [C] of a norm or bias. */
  dims: number[]
  /** Rejects with one sentence when bytes are missing or a value is NaN or infinite. */
  read(): Promise<Float32Array<ArrayBuffer>>
}

/** A matrix as it lies in the file, and beside it (`read`, `dims`) whole, in float32. */
export interface MatrixSource extends WeightSource {
  stored: StoredMatrix
}

/** The models folder's files, by the path of the ONNX file that names them. */
export interface Place {
  repository: Repository
  /** Path of the ONNX file inside the repository. */
  file: string
}

/** External files are named relative to the model file, and must stay inside the repository. */
export function besideFile(file: string, location: string): string {
  const parts = location.split('/')
  if (location.startsWith('/') || location.includes('\\') || parts.includes('..')) {
    throw new Error(`${file} stores weights in ${location}, which is outside of its folder; export it with a file beside the model.`)
  }
  return file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/${location}` : location
}
