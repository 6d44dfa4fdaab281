/** For tests: a real WebGPU device (Dawn in Node, the browser's own in Chromium) and the one check that every kernel passes. */
import { expect } from 'vitest'
import type { Gpu } from '../gpu/gpu'
import { nodeGpu } from '../gpu/node'
import { openGpu, requestAdapter } from '../gpu/open'
import { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'

let opened: Promise<Gpu> | undefined

/** One device for all tests of a file. */
export function testGpu(): Promise<Gpu> {
  opened ??= (async () => openGpu(await requestAdapter((globalThis.navigator as Navigator | undefined)?.gpu ?? (await nodeGpu()))))()
  return opened
}

/** Uniform numbers in (−1, 1), the same for the same seed (mulberry32). */
export function uniform(n: number, seed: number): number[] {
  let state = seed >>> 0
  return Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296) * 2 - 1
  })
}

export interface Input {
  shape: number[]
  values: number[]
  /** Its gradient is wanted. */
  learns?: boolean
}

type Inputs<K extends string> = Record<K, Input>

/** What a kernel does on the GPU: its output, and the gradients of inputs that are summed outside of the tape. */
export interface Ran {
  output: Tensor
  /** Seeds the backward; unless given, the slope is written to the output's gradient. */
  seed?: (slope: Tensor) => void
  gradients?: Record<string, Tensor>
}

/**
 * Forward against `reference` in f64; backward against central differences of <slope, reference> in f64, every element of every
 * learning input. `tolerance` is relative to the largest number compared.
 */
export async function checkPair<K extends string>(
  inputs: Inputs<K>,
  run: (g: Graph, tensors: Record<K, Tensor>) => Ran,
  reference: (values: Record<K, number[]>) => number[],
  tolerance = 2e-5,
): Promise<void> {
  const gpu = await testGpu()
  const names = Object.keys(inputs) as K[]
  const g = new Graph(gpu, true)
  const tensors = {} as Record<K, Tensor>
  const values = {} as Record<K, number[]>
  for (const name of names) {
    const data = Float32Array.from(inputs[name].values)
    values[name] = [...data]
    tensors[name] = g.upload(data, inputs[name].shape)
    if (inputs[name].learns) g.track(tensors[name])
  }
  const { output, seed, gradients } = run(g, tensors)
  const forward = await gpu.readFloats(output)
  expectClose(forward, reference(values), tolerance, 'forward')

  const slope = uniform(output.size, 99)
  const seeded = g.upload(Float32Array.from(slope), output.shape)
  if (seed) seed(seeded)
  else gpu.copy(seeded, g.gradient(output))
  g.backward()
  const f32 = Float32Array.from(slope)
  const loss = () => reference(values).reduce((sum, y, i) => sum + y * f32[i]!, 0)
  for (const name of names.filter((n) => inputs[n].learns)) {
    const analytic = await gpu.readFloats(gradients?.[name] ?? g.gradient(tensors[name]))
    const numeric = values[name].map((x, i) => {
      const h = 1e-5
      values[name][i] = x + h
      const above = loss()
      values[name][i] = x - h
      const below = loss()
      values[name][i] = x
      return (above - below) / (2 * h)
    })
    expectClose(analytic, numeric, tolerance, `gradient of ${name}`)
  }
  g.free()
}

export function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string): void {
  expect(actual.length, what).toBe(wanted.length)
  let largest = 1e-6
  for (let i = 0; i < wanted.length; i++) largest = Math.max(largest, Math.abs(wanted[i]!))
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(actual[i]! - wanted[i]!)
    if (!(off <= tolerance * largest)) {
      expect.fail(`${what}[${i}]: ${actual[i]!} instead of ${wanted[i]!}; off by ${off}, allowed ${tolerance * largest}`)
    }
  }
}
