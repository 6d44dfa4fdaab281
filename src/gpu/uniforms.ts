/** Uniform blocks of many launches, packed into pages and sent with one write a page. */
const PAGE = 64 * 1024
const SLOT = 256

export class Uniforms {
  private readonly pages: { buffer: GPUBuffer; data: Uint32Array<ArrayBuffer> }[] = []
  private used = 0

  constructor(private readonly device: GPUDevice) {}

  /** Where `block` will be once `send` was called. */
  place(block: Uint32Array<ArrayBuffer>): GPUBufferBinding {
    const page = Math.floor(this.used / PAGE)
    const offset = this.used % PAGE
    if (page === this.pages.length) {
      const buffer = this.device.createBuffer({ size: PAGE, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
      this.pages.push({ buffer, data: new Uint32Array(PAGE / 4) })
    }
    this.used += SLOT
    this.pages[page]!.data.set(block, offset / 4)
    return { buffer: this.pages[page]!.buffer, offset, size: SLOT }
  }

  send(): void {
    this.pages.forEach(({ buffer, data }, i) => {
      const bytes = Math.min(PAGE, this.used - i * PAGE)
      if (bytes > 0) this.device.queue.writeBuffer(buffer, 0, data, 0, bytes / 4)
    })
  }

  /** Begins again at the first slot; what was sent and submitted stays as it was. */
  restart(): void {
    this.used = 0
  }

  destroy(): void {
    for (const { buffer } of this.pages) buffer.destroy()
  }
}
