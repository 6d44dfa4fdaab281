/** Asks for a WebGPU device with exactly what the adapter offers; Dawn in Node and the browser alike. */
import { Gpu } from './gpu'

export interface AdapterProfile {
  name: string
  software: boolean
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number }
  features: string[]
}

const WANTED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const

export async function requestAdapter(gpu: GPU | undefined): Promise<GPUAdapter> {
  if (!gpu)
    throw new Error(
      'This browser has no WebGPU: use Chrome or Edge 113+, Safari 26+ or Firefox 141+, on a page served over https or localhost',
    )
  const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? (await gpu.requestAdapter())
  if (!adapter)
    throw new Error('WebGPU is here but offers no adapter: update the graphics driver, or turn on hardware acceleration in the browser')
  return adapter
}

export function profile(adapter: GPUAdapter): AdapterProfile {
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info
  const told = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter'
  const name = /swiftshader/i.test(told) ? 'SwiftShader' : told // browsers and Dawn name the same adapter differently
  const software = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${name} ${vendor} ${architecture}`)
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  return { name, software, limits: { maxBufferSize, maxStorageBufferBindingSize }, features: [...adapter.features].sort() }
}

export async function openGpu(adapter: GPUAdapter): Promise<Gpu> {
  const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]))
  const device = await adapter.requestDevice({ requiredLimits })
  return new Gpu(device, profile(adapter).software)
}
