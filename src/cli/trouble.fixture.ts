/** For tests: WebGPU whose devices are destroyed at a dispatch, or have no memory at an allocation, as it is told. */

export interface Trouble {
  /** Dispatches and allocations so far, over all devices. */
  dispatches: number
  allocations: number
  /** Buffers that are there, over all devices that are not destroyed, and their bytes. */
  buffers: Map<GPUBuffer, number>
  devices: number
  /** Called before each; true: the device is lost, or has no memory, there. */
  losesAt(dispatch: number): boolean
  failsAt(allocation: number): boolean
}

export function newTrouble(): Trouble {
  return { dispatches: 0, allocations: 0, buffers: new Map(), devices: 0, losesAt: () => false, failsAt: () => false }
}

export function troubledGpu(gpu: GPU, trouble: Trouble): GPU {
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = await gpu.requestAdapter(options)
    if (!adapter) return null
    const request = adapter.requestDevice.bind(adapter)
    adapter.requestDevice = async (wanted) => troubled(await request(wanted), trouble)
    return adapter
  }
  return { requestAdapter } as GPU
}

function troubled(device: GPUDevice, trouble: Trouble): GPUDevice {
  const own = new Set<GPUBuffer>()
  const hearers: ((event: { error: Error }) => void)[] = []
  const [listen, createBuffer, createEncoder, destroy] =
    [device.addEventListener.bind(device), device.createBuffer.bind(device), device.createCommandEncoder.bind(device), device.destroy.bind(device)]
  trouble.devices++
  device.addEventListener = ((type: string, hear: never) => {
    if (type === 'uncapturederror') hearers.push(hear)
    listen(type, hear)
  }) as GPUDevice['addEventListener']
  let ended = false
  const end = () => {
    if (!ended) trouble.devices--
    ended = true
    for (const buffer of own) trouble.buffers.delete(buffer)
    destroy()
  }
  device.destroy = end as GPUDevice['destroy']
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor)
    if (trouble.failsAt(++trouble.allocations)) {
      const error = new (globalThis as unknown as Record<'GPUOutOfMemoryError', new (message: string) => Error>).GPUOutOfMemoryError('planted by the test')
      const tell = () => { for (const hear of hearers) hear({ error }) }
      // a browser tells it later, when the one that asked for the device listens
      if (hearers.length > 0) tell()
      else queueMicrotask(tell)
    }
    own.add(buffer)
    trouble.buffers.set(buffer, descriptor.size)
    const destroyBuffer = buffer.destroy.bind(buffer)
    buffer.destroy = (() => {
      own.delete(buffer)
      trouble.buffers.delete(buffer)
      destroyBuffer()
    })
    return buffer
  }
  device.createCommandEncoder = (descriptor) => {
    const encoder = createEncoder(descriptor)
    const begin = encoder.beginComputePass.bind(encoder)
    encoder.beginComputePass = (described) => {
      const pass = begin(described)
      const dispatch = pass.dispatchWorkgroups.bind(pass)
      pass.dispatchWorkgroups = ((x: number, y?: number, z?: number) => {
        if (trouble.losesAt(++trouble.dispatches)) end()
        dispatch(x, y, z)
      })
      return pass
    }
    return encoder
  }
  return device
}
