import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gpu } from './gpu'
import { nodeGpu } from './node'
import { openGpu, requestAdapter } from './open'
import { Graph } from './tape'
import { zero } from './zero'

describe('pool', () => {
  let gpu: Gpu
  beforeAll(async () => {
    gpu = await openGpu(await requestAdapter((globalThis.navigator as Navigator | undefined)?.gpu ?? (await nodeGpu())))
  })
  afterAll(() => gpu.destroy())

  it('holds little more than the largest of passes of changing sizes', async () => {
    const start = gpu.bytes
    let largest = 0
    for (let pass = 0; pass < 40; pass++) {
      const g = new Graph(gpu, false)
      const rows = 200 + ((pass * 367) % 1000)
      const sizes = [64, 7, 90, 33, 1, 64, 51, 70].map((width) => rows * width)
      for (const size of sizes) zero(gpu, g.tensor([size])) // launches that wait name them
      largest = Math.max(largest, 4 * sizes.reduce((sum, size) => sum + size, 0))
      g.free()
      expect(gpu.bytes - start, `pass ${pass} of ${rows} rows`).toBeLessThan(1.5 * largest)
    }
    await gpu.settle()
  })

  it('gives the same buffers to a pass of the same sizes', () => {
    const pass = () => {
      const g = new Graph(gpu, false)
      const buffers = [300, 5000, 300].map((size) => g.tensor([size]).buffer)
      g.free()
      return new Set(buffers)
    }
    const first = pass()
    expect(pass()).toEqual(first)
  })

  it('ends no buffer that a capture names', async () => {
    const kept = gpu.hold([70_000])
    const { launches, free } = gpu.capture(() => {
      const g = new Graph(gpu, false)
      zero(gpu, g.tensor([70_000]))
      g.free()
      zero(gpu, gpu.tensor([90_001]))
      zero(gpu, kept)
    })
    gpu.play(launches)
    await gpu.settle()
    free()
    expect(launches.length).toBe(3)
  })
})
