import { describe, expect, it } from 'vitest'
import { adamw, type AdamSettings } from './adamw'
import { expectClose, testGpu, uniform } from './check'

const settings: AdamSettings = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 }

async function steps(n: number, gradients: number[][], s: AdamSettings, headStart?: number) {
  const gpu = await testGpu()
  const zeros = () => gpu.upload(new Float32Array(n))
  const state = { parameters: gpu.upload(Float32Array.from(uniform(n, 1))), gradients: zeros(), m: zeros(), v: zeros() }
  const placed = { ...state, headStart }
  const norms: number[] = []
  for (const [t, g] of gradients.entries()) {
    gpu.write(state.gradients, Float32Array.from(g))
    norms.push(await adamw(gpu, placed, t + 1, s))
  }
  const parameters = await gpu.readFloats(state.parameters)
  const left = await gpu.readFloats(state.gradients)
  for (const tensor of Object.values(state)) gpu.release(tensor)
  return { parameters, norms, left }
}

/** The same in f64, from the paper's formulas. */
function reference(n: number, gradients: number[][], s: AdamSettings, headStart = n) {
  const p = [...Float32Array.from(uniform(n, 1))]
  const [m, v] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0)]
  const norms = gradients.map((g, t) => {
    const norm = Math.sqrt(g.reduce((sum, x) => sum + x * x, 0))
    const clip = s.maxGradNorm > 0 ? Math.min(1, s.maxGradNorm / (norm + 1e-6)) : 1
    for (let i = 0; i < n; i++) {
      const x = g[i]! * clip
      m[i] = s.beta1 * m[i]! + (1 - s.beta1) * x
      v[i] = s.beta2 * v[i]! + (1 - s.beta2) * x * x
      const rate = i >= headStart ? s.valueLearningRate! : s.learningRate
      p[i] = p[i]! * (1 - rate * s.weightDecay)
      p[i]! -= (rate * (m[i]! / (1 - s.beta1 ** (t + 1)))) / (Math.sqrt(v[i]! / (1 - s.beta2 ** (t + 1))) + s.epsilon)
    }
    return norm
  })
  return { p, norms }
}

describe('adamw', () => {
  it.each([
    { n: 1, maxGradNorm: 1 },
    { n: 37, maxGradNorm: 0 },
    { n: 5000, maxGradNorm: 1 },
  ])('makes three steps on $n numbers, norm clipped at $maxGradNorm', async ({ n, maxGradNorm }) => {
    const s = { ...settings, maxGradNorm }
    const gradients = [2, 3, 4].map((seed) => uniform(n, seed))
    const { parameters, norms, left } = await steps(n, gradients, s)
    const wanted = reference(n, gradients, s)
    expectClose(parameters, wanted.p, 1e-5, 'parameters')
    expectClose(norms, wanted.norms, 1e-5, 'norms')
    expect([...left].every((x) => x === 0)).toBe(true)
  })

  it('has a learning rate of its own from the value head on, and one norm', async () => {
    const s = { ...settings, valueLearningRate: 0.2 }
    const gradients = [2, 3, 4].map((seed) => uniform(200, seed))
    const { parameters, norms } = await steps(200, gradients, s, 128)
    const wanted = reference(200, gradients, s, 128)
    expectClose(parameters, wanted.p, 1e-5, 'parameters')
    expectClose(norms, wanted.norms, 1e-5, 'norms')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('changes nothing when a gradient is %f', async (bad) => {
    const gradient = uniform(100, 2)
    gradient[57] = bad
    const { parameters, norms, left } = await steps(100, [gradient], settings)
    expect(Number.isFinite(norms[0]!)).toBe(false)
    expect([...parameters]).toEqual([...Float32Array.from(uniform(100, 1))])
    expect([...left].every((x) => x === 0)).toBe(true)
  })
})
