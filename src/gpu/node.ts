/** WebGPU in Node: npm `webgpu` (Dawn), an optional dependency that needs a Vulkan, Metal or D3D12 driver. */

/** Dawn stops when its GPU object is collected. */
let kept: GPU | undefined

/** The `navigator.gpu` of Node, or undefined where the package cannot be loaded. */
export async function nodeGpu(): Promise<GPU | undefined> {
  try {
    const name = 'webgpu' // a variable, so that bundlers for browsers leave it alone
    const dawn = (await import(/* @vite-ignore */ name)) as { create: (flags: string[]) => GPU; globals: object }
    Object.assign(globalThis, dawn.globals)
    kept ??= dawn.create([])
    return kept
  } catch {
    return undefined
  }
}
