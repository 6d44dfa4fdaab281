/**
 * Buffers by size class, kept when freed: a training step asks for the same sizes again and again. A new one takes the place of kept
 * ones of other sizes, so that batches of changing shape hold no more than the largest of them needed.
 */
export class Pool {
  private readonly free = new Map<number, GPUBuffer[]>()
  /** Bytes of all buffers that are there, in use or not. */
  bytes = 0
  /** Most that `bytes` has been. */
  peak = 0
  /** Bytes of new buffers for which no kept one has ended yet. */
  private owed = 0

  constructor(
    private readonly device: GPUDevice,
    /** Sends the launches that may still name a kept buffer; false when they cannot be sent now, and none may end. */
    private readonly flush: () => boolean,
  ) {}

  take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes)
    const kept = this.free.get(size)?.pop()
    if (kept) return kept
    this.evict(size)
    return this.make(size)
  }

  /** A buffer of its own, with nothing wasted; it ends with `destroy`. */
  make(bytes: number): GPUBuffer {
    const size = 4 * Math.ceil(bytes / 4)
    this.bytes += size
    this.peak = Math.max(this.peak, this.bytes)
    return this.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })
  }

  destroy(buffer: GPUBuffer): void {
    this.bytes -= buffer.size
    buffer.destroy()
  }

  /** The GPU works in order, so a buffer may be used again while earlier launches on it still wait. */
  give(buffer: GPUBuffer): void {
    const list = this.free.get(buffer.size) ?? []
    list.push(buffer)
    this.free.delete(buffer.size) // the sizes given last stand last
    this.free.set(buffer.size, list)
  }

  /** Ends kept buffers for the `bytes` of a new one, those of sizes not given for longest first; what is too large to end waits. */
  private evict(bytes: number): void {
    const sizes = [...this.free].filter(([, list]) => list.length > 0)
    if (sizes.length === 0) this.owed = 0
    if (sizes.length === 0 || !this.flush()) return
    this.owed += bytes
    for (const [size, list] of sizes) {
      for (; size <= this.owed && list.length > 0; this.owed -= size) this.destroy(list.pop()!)
    }
  }
}

/** Next multiple of a quarter of the power of two below, at least 256 bytes: at most a quarter is wasted. */
export function sizeClass(bytes: number): number {
  if (bytes <= 1024) return Math.max(256, Math.ceil(bytes / 256) * 256)
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2)
  return Math.ceil(bytes / step) * step
}
