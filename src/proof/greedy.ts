/** Greedy continuations: where the reference would have chosen another token than the policy did, and how sure of it it is. */
import type { GreedyDifference, Proof } from '../policy/host'
import type { Tokens } from '../policy/policy'
import type { Choice } from './reference'

/** The reference's two best logits may be this near, in nats, where our greedy token is another. */
export const TIE = 1e-3

/**
 * @param choices of each row's tokens from `first` on, each after our own tokens before it: as long as they agree, that is the
 * reference's own continuation
 */
export function judgeGreedy(rows: Tokens[], first: number, choices: Choice[][]): Proof['greedy'] {
  const differences: GreedyDifference[] = []
  let [equal, ties] = [0, 0]
  rows.forEach((row, continuation) => {
    const found = row.slice(first).flatMap((ours, at): GreedyDifference[] => {
      const { token: theirs, lead } = choices[continuation]![at]!
      return ours === theirs ? [] : [{ continuation, at, ours, theirs, lead }]
    })
    if (found.length === 0) equal++
    else if (found.every(({ lead }) => lead < TIE)) ties++
    differences.push(...found)
  })
  return { equal, ties, of: rows.length, differences }
}
