import { describe, it } from 'vitest'
import { checkPair, uniform } from './check'
import * as reference from './reference'
import { rmsnorm } from './rmsnorm'

describe('rmsnorm', () => {
  it.each([
    [1, 64, 64],
    [3, 7, 7],
    [13, 96, 96],
    [5, 24, 8],
  ])('[%i, %i] by %i', async (rows, width, size) => {
    await checkPair(
      {
        x: { shape: [rows, width], values: uniform(rows * width, 1), learns: true },
        w: { shape: [size], values: uniform(size, 2) },
      },
      (g, { x, w }) => ({ output: rmsnorm(g, x, w, 1e-6) }),
      ({ x, w }) => reference.rmsnorm(x, w, 1e-6),
    )
  })
})
