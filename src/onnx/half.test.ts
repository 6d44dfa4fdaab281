import { expect, it } from 'vitest'
import { fromHalf, toHalf } from './half'

it('writes every number of 16 bits as it was read', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromHalf(bits)
    if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits)
  }
})

it('rounds to the nearest, halfway to the even one', () => {
  const cases: [number, number][] = [
    [1 + 2 ** -11, 1], [1 + 3 * 2 ** -11, 1 + 2 ** -9], [2 ** -25, 0], [1.0001 * 2 ** -25, 2 ** -24], [65519, 65504], [65520, Infinity],
    [2047.9, 2048], [-1.00048828126, -1.0009765625], [2 ** -14 * 0.99999, 2 ** -14],
  ]
  for (const [value, wanted] of cases) expect(fromHalf(toHalf(value))).toBe(wanted)
})
