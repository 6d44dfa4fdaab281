/** Where a command computes: Dawn in this process where it finds an adapter, else a headless Chromium. */
import { nodeGpu } from '../gpu/node'
import { BadInput } from './arguments'

export type Device = 'node' | 'browser'

/** Rejects with a plain sentence when `node` is asked for and has no adapter. */
export async function chooseDevice(wanted = 'auto'): Promise<Device> {
  if (wanted !== 'auto' && wanted !== 'browser' && wanted !== 'node') {
    throw new BadInput(`--device is ${wanted}, but must be auto, browser or node.`)
  }
  if (wanted === 'browser') return 'browser'
  const adapter = await (await nodeGpu())?.requestAdapter()
  if (adapter) return 'node'
  if (wanted === 'auto') return 'browser'
  throw new Error('no WebGPU adapter is found from Node; install a Vulkan driver, or use --device browser.')
}
