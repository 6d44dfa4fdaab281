import { describe, it } from 'vitest'
import { checkPair, uniform } from './check'
import * as reference from './reference'
import { rmsnorm } from './rmsnorm'

describe('rmsnorm', () => {
  it.each([
    [1, 64],
    [3, 7],
    [13, 96],
  ])('[%i, %i]', async (rows, width) => {
    await checkPair(
      {
        x: { shape: [rows, width], values: uniform(rows * width, 1), learns: true },
        w: { shape: [width], values: uniform(width, 2) },
      },
      (g, { x, w }) => ({ output: rmsnorm(g, x, w, 1e-6) }),
      ({ x, w }) => reference.rmsnorm(x, w, 1e-6),
    )
  })
})
