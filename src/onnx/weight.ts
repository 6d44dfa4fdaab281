/** One float32 weight of a file: where it lies, its shape, and how its values come out in the engine's layout. */
import type { Repository } from './repository'
import type { Tensor } from './scan'

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

export function plainWeight(place: Place, tensor: Tensor): WeightSource {
  return { dims: tensor.dims, transposed: false, read: () => readFinite(place, tensor) }
}

/** A matrix [rows, columns] of the file as [columns, rows]. */
export function transposedWeight(place: Place, tensor: Tensor): WeightSource {
  const [rows = 0, columns = 0] = tensor.dims
  return {
    dims: [columns, rows],
    transposed: true,
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
export function columnsOf(place: Place, tensor: Tensor, from: number, count: number): WeightSource {
  const columns = tensor.dims.at(-1) ?? 0
  const rows = tensor.dims.length === 2 ? tensor.dims[0]! : 1
  return {
    dims: tensor.dims.length === 2 ? [rows, count] : [count],
    transposed: false,
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
