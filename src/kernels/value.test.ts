import { describe, expect, it } from 'vitest'
import { Graph } from '../gpu/tape'
import { checkPair, testGpu, uniform } from './check'
import { value } from './value'

describe('value', () => {
  it.each([
    [1, 64],
    [13, 7],
    [70, 96],
  ])('[%i, %i]', async (rows, width) => {
    const gpu = await testGpu()
    const dw = gpu.upload(new Float32Array(width))
    const db = gpu.upload(new Float32Array(1))
    await checkPair(
      {
        x: { shape: [rows, width], values: uniform(rows * width, 1), learns: true },
        weight: { shape: [width], values: uniform(width, 2), learns: true },
        bias: { shape: [1], values: uniform(1, 3), learns: true },
      },
      (g, { x, weight, bias }) => ({
        output: value(g, x, { weight, bias, gradients: { weight: dw, bias: db } }),
        gradients: { weight: dw, bias: db },
      }),
      ({ x, weight, bias }) =>
        Array.from({ length: rows }, (_, t) => weight.reduce((sum, w, c) => sum + w * x[t * width + c]!, bias[0]!)),
    )
    gpu.release(dw)
    gpu.release(db)
  })

  it('adds the gradients of pieces up to those of the whole, to the bit', async () => {
    const gpu = await testGpu()
    const [rows, width] = [37, 24]
    const x = uniform(rows * width, 4)
    const slopes = uniform(rows, 5)
    const gradient = async (pieces: number[]) => {
      const weight = gpu.upload(new Float32Array(width))
      const bias = gpu.upload(new Float32Array(1))
      let at = 0
      for (const n of pieces) {
        const g = new Graph(gpu, true)
        const head = { weight: gpu.nothing, bias: gpu.nothing, gradients: { weight, bias } }
        const y = value(g, g.upload(Float32Array.from(x.slice(at * width, (at + n) * width)), [n, width]), head)
        gpu.copy(g.upload(Float32Array.from(slopes.slice(at, at + n))), g.gradient(y))
        g.backward()
        gpu.flush()
        g.free()
        at += n
      }
      return [...(await gpu.readFloats(weight)), ...(await gpu.readFloats(bias))]
    }
    expect(await gradient([5, 1, 31])).toEqual(await gradient([37]))
  })
})
