/** What is missing or is no number never passes for a small difference. */
import { expect, it } from 'vitest'
import { flatDifference, most } from './difference'

it('is the largest, and NaN wherever there is one', () => {
  expect(most(flatDifference([[1, 2], [3]], [[1, 2.5], [2]]))).toBe(1)
  for (const values of [[Number.NaN, 1e-5], [1e-5, Number.NaN], [1e-5, Number.NaN, 0]]) expect(most(values)).toBeNaN()
  expect(most([])).toBe(0)
})

it('wants as many numbers on both sides', () => {
  expect(() => flatDifference([[1], [2]], [[1], []])).toThrow('row 1 has 1 log-probs here and 0')
  expect(() => flatDifference([[1], [2]], [[1]])).toThrow('row 1')
})
