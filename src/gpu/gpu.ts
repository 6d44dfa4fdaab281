/**
 * A WebGPU device with no machine learning in it: pipelines, launches in order, buffers, reading back.
 * Launches gather in a list and go to the queue in one compute pass at `flush`, so that a decode step can be captured once
 * and played many times.
 */
import { type Kernel, type Linked, link } from './kernel'
import { Pool } from './pool'
import { sizeOf, type Tensor } from './tensor'
import { Uniforms } from './uniforms'

/** One dispatch, ready to be encoded any number of times. */
export interface Launch {
  pipeline: GPUComputePipeline
  group: GPUBindGroup
  x: number
  y: number
}

/** A compiled entry point and the threads of its workgroups. */
export interface Pipeline {
  compiled: GPUComputePipeline
  threads: number
}

/** Launches after which the list is sent without being asked: a driver may take one submit of seconds for a hang. */
const SUBMIT = 64

/** Storage buffers of one launch that every WebGPU device offers. */
const STORAGE = 8

/** Threads of a workgroup of light entry points. */
const LIGHT = 64

export class Gpu {
  private readonly pool: Pool
  private readonly pipelines = new Map<string, Pipeline>()
  private pending: Launch[] = []
  private captured: Launch[] | undefined
  private uniforms: Uniforms
  private failure: Error | undefined
  /** Threads of a workgroup where each does much: few on a software adapter, which spreads workgroups over its cores. */
  private readonly threads: number
  /** A tensor for bindings that a launch does not use. */
  readonly nothing: Tensor

  constructor(
    readonly device: GPUDevice,
    readonly software: boolean,
  ) {
    this.threads = software ? 8 : 64
    this.pool = new Pool(device, () => {
      if (this.captured) return false
      this.flush()
      return true
    })
    this.uniforms = new Uniforms(device)
    this.nothing = this.tensor([64])
    void device.lost.then(({ reason, message }) => {
      this.failure ??= named('DeviceLost', `The GPU device was lost (${reason}): ${message || 'no reason given'}`)
    })
    device.addEventListener('uncapturederror', this.hear)
  }

  private readonly hear = ({ error }: GPUUncapturedErrorEvent): void => {
    const memory = error.constructor.name === 'GPUOutOfMemoryError'
    this.failure ??= memory
      ? named('OutOfMemory', `The GPU has no memory left: use a smaller batch, rank or model (${error.message})`)
      : new Error(`WebGPU refused a call: ${error.message}`)
  }

  /** Bytes of all buffers that are there. */
  get bytes(): number {
    return this.pool.bytes
  }

  /** Most that `bytes` has been. */
  get peak(): number {
    return this.pool.peak
  }

  /** A tensor with undefined contents; `release` gives its buffer back. */
  tensor(shape: readonly number[]): Tensor {
    return this.place(shape, (bytes) => this.pool.take(bytes))
  }

  /** A zeroed tensor of exactly its bytes, for what stays; `discard`, not `release`, ends it. */
  hold(shape: readonly number[]): Tensor {
    return this.place(shape, (bytes) => this.pool.make(bytes))
  }

  discard(tensor: Tensor): void {
    this.flush()
    this.pool.destroy(tensor.buffer)
  }

  private place(shape: readonly number[], make: (bytes: number) => GPUBuffer): Tensor {
    const size = sizeOf(shape)
    const bytes = Math.max(4, 4 * size)
    if (bytes > this.device.limits.maxStorageBufferBindingSize) {
      throw new Error(
        `A tensor of ${bytes} bytes [${shape.join(', ')}] is larger than this GPU binds at once ` +
          `(${this.device.limits.maxStorageBufferBindingSize}): use a smaller batch or model`,
      )
    }
    return { shape, size, buffer: make(bytes), offset: 0 }
  }

  release(tensor: Tensor): void {
    this.pool.give(tensor.buffer)
  }

  /** A tensor that holds `data`. */
  upload(data: Float32Array | Uint32Array, shape: readonly number[] = [data.length]): Tensor {
    const tensor = this.tensor(shape)
    this.write(tensor, data)
    return tensor
  }

  /** Writes `data`, whole 32-bit words, from element `start` on. */
  write(tensor: Tensor, data: Float32Array | Uint32Array | Uint8Array, start = 0): void {
    if (4 * start + data.byteLength > 4 * tensor.size) {
      throw new Error(`Cannot write ${data.byteLength / 4} numbers from ${start} on into a tensor of ${tensor.size}`)
    }
    this.flush()
    this.device.queue.writeBuffer(tensor.buffer, tensor.offset + 4 * start, data as GPUAllowSharedBufferSource)
  }

  copy(from: Tensor, to: Tensor): void {
    if (from.size !== to.size) throw new Error(`Cannot copy ${from.size} numbers into a tensor of ${to.size}`)
    this.flush()
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, 4 * from.size)
    this.device.queue.submit([encoder.finish()])
  }

  pipeline(kernel: Kernel, entry: string, linked: Linked = {}): Pipeline {
    const key = `${kernel.name}.${entry} ${JSON.stringify(linked)}`
    let pipeline = this.pipelines.get(key)
    if (!pipeline) {
      const module = this.device.createShaderModule({ label: kernel.name, code: link(kernel, linked) })
      const threads = kernel.light?.includes(entry) ? LIGHT : this.threads
      const compute = { module, entryPoint: entry, constants: { THREADS: threads } }
      pipeline = { compiled: this.device.createComputePipeline({ label: key, layout: 'auto', compute }), threads }
      this.pipelines.set(key, pipeline)
    }
    return pipeline
  }

  /**
   * Appends one dispatch with at least `threads` invocations. `bindings[i]` is bound at i + 1; binding 0 is the uniform block.
   * An entry point that does not use a binding must get `undefined` there.
   */
  launch(
    pipeline: Pipeline,
    threads: number,
    uniforms: Uint32Array<ArrayBuffer>,
    bindings: readonly (Tensor | undefined)[],
  ): void {
    if (threads === 0) return
    const groups = Math.ceil(threads / pipeline.threads)
    const limit = this.device.limits.maxComputeWorkgroupsPerDimension
    const x = Math.min(groups, limit)
    const entries: GPUBindGroupEntry[] = [{ binding: 0, resource: this.uniforms.place(uniforms) }]
    bindings.forEach((tensor, i) => {
      if (tensor) {
        entries.push({ binding: i + 1, resource: { buffer: tensor.buffer, offset: tensor.offset, size: Math.max(4, 4 * tensor.size) } })
      }
    })
    if (entries.length > 1 + STORAGE) {
      throw new Error(`A kernel binds ${entries.length - 1} storage buffers, and WebGPU promises ${STORAGE} on every device`)
    }
    const group = this.device.createBindGroup({ layout: pipeline.compiled.getBindGroupLayout(0), entries })
    ;(this.captured ?? this.pending).push({ pipeline: pipeline.compiled, group, x, y: Math.ceil(groups / x) })
    if (this.pending.length >= SUBMIT && !this.captured) this.flush()
  }

  /**
   * Collects the launches that `record` makes, without running them. Their uniforms live until `free` is called. They must be played
   * before another tensor is taken: it may end buffers that they name.
   */
  capture(record: () => void): { launches: Launch[]; free: () => void } {
    this.flush()
    const launches: Launch[] = []
    const shared = this.uniforms
    const own = new Uniforms(this.device)
    this.captured = launches
    this.uniforms = own
    try {
      record()
    } finally {
      this.captured = undefined
      this.uniforms = shared
    }
    own.send()
    return { launches, free: () => own.destroy() }
  }

  /** Appends captured launches to the pending ones. */
  play(launches: readonly Launch[]): void {
    for (const launch of launches) this.pending.push(launch)
  }

  /** Sends the pending launches to the GPU, in order, in one submit. */
  flush(): void {
    if (this.failure) throw this.failure
    if (this.pending.length === 0) return
    this.uniforms.send()
    const encoder = this.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    for (const { pipeline, group, x, y } of this.pending) {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(x, y)
    }
    pass.end()
    this.device.queue.submit([encoder.finish()])
    this.pending = []
    this.uniforms.restart()
  }

  /** The bytes of `size` numbers from element `start`, after all work before it. */
  async read(tensor: Tensor, start = 0, size = tensor.size - start): Promise<ArrayBuffer> {
    this.flush()
    const bytes = Math.max(4, 4 * size)
    const staging = this.device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const encoder = this.device.createCommandEncoder()
    encoder.copyBufferToBuffer(tensor.buffer, tensor.offset + 4 * start, staging, 0, bytes)
    this.device.queue.submit([encoder.finish()])
    try {
      await staging.mapAsync(GPUMapMode.READ)
    } catch (error) {
      throw this.failure ?? error
    }
    const copy = staging.getMappedRange().slice(0, 4 * size)
    staging.destroy()
    if (this.failure) throw this.failure
    return copy
  }

  /** Resolves when all work so far is done; rejects when any of it was refused. */
  async settle(): Promise<void> {
    this.flush()
    await this.device.queue.onSubmittedWorkDone()
    if (this.failure) throw this.failure
  }

  async readFloats(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(tensor))
  }

  /** Ends the device. A device that is gone may be held by its implementation, and must not hold this. */
  destroy(): void {
    this.device.removeEventListener('uncapturederror', this.hear)
    this.device.destroy()
  }
}

/** An error that the page tells from others by its name. */
function named(name: 'DeviceLost' | 'OutOfMemory', message: string): Error {
  return Object.assign(new Error(message), { name })
}
