/** What passes as a near-tie. */
import { expect, it } from 'vitest'
import { judgeGreedy } from './greedy'

it('counts another greedy token as a near-tie only where the lead is below a thousandth', () => {
  const rows = [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3]]
  const same = [{ token: 2, lead: 1 }, { token: 3, lead: 1 }]
  const near = [{ token: 9, lead: 9e-4 }, { token: 3, lead: 1 }]
  const far = [{ token: 9, lead: 9e-4 }, { token: 4, lead: 2e-3 }]
  const { differences, ...counts } = judgeGreedy(rows, 1, [same, near, far, same])
  expect(counts).toEqual({ equal: 2, ties: 1, of: 4 })
  expect(differences.map(({ continuation, at }) => [continuation, at])).toEqual([[1, 0], [2, 0], [2, 1]])
})
