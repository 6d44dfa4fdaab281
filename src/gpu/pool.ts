/** Buffers by size class, kept when freed: a training step asks for the same sizes again and again. */
export class Pool {
  private readonly free = new Map<number, GPUBuffer[]>()
  /** Bytes of all buffers made, in use or not. */
  bytes = 0

  constructor(private readonly device: GPUDevice) {}

  take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes)
    const kept = this.free.get(size)?.pop()
    if (kept) return kept
    return this.make(size)
  }

  /** A buffer of its own, with nothing wasted; it ends with `destroy`. */
  make(bytes: number): GPUBuffer {
    const size = 4 * Math.ceil(bytes / 4)
    this.bytes += size
    return this.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })
  }

  destroy(buffer: GPUBuffer): void {
    this.bytes -= buffer.size
    buffer.destroy()
  }

  /** The GPU works in order, so a buffer may be used again while earlier launches on it still wait. */
  give(buffer: GPUBuffer): void {
    const list = this.free.get(buffer.size)
    if (list) list.push(buffer)
    else this.free.set(buffer.size, [buffer])
  }
}

/** Next multiple of a quarter of the power of two below, at least 256 bytes: at most a quarter is wasted. */
function sizeClass(bytes: number): number {
  if (bytes <= 1024) return Math.max(256, Math.ceil(bytes / 256) * 256)
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2)
  return Math.ceil(bytes / step) * step
}
