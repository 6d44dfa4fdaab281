/** A contiguous run of 32-bit numbers on the GPU, row-major. It knows its place, not its owner. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly size: number
  readonly buffer: GPUBuffer
  /** Bytes from the start of the buffer; a multiple of 256, as bindings need. */
  readonly offset: number
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1)
}

/** The same numbers under another shape of the same size. */
export function reshape(tensor: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== tensor.size) throw new Error(`Cannot view [${tensor.shape.join(', ')}] as [${shape.join(', ')}]: the sizes differ`)
  return { ...tensor, shape }
}

/** `size` numbers of `tensor` from element `start`, which must be a multiple of 64 (256 bytes). */
export function slice(tensor: Tensor, start: number, shape: readonly number[]): Tensor {
  const size = sizeOf(shape)
  if (start % 64 !== 0) throw new Error(`A slice must start at a multiple of 64 numbers, not at ${start}`)
  if (start + size > tensor.size) throw new Error(`The slice ${start} + ${size} ends outside of a tensor of ${tensor.size}`)
  return { shape, size, buffer: tensor.buffer, offset: tensor.offset + 4 * start }
}

/** Bytes that a tensor takes with the padding that keeps its neighbour's binding aligned. */
export function paddedSize(size: number): number {
  return Math.max(64, Math.ceil(size / 64) * 64)
}
