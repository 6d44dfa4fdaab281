/** What there is to see at one of the updates that learn from the same batch. */
import { fixed } from '../format'
import type { TokenView } from './look'
import { say } from '../words/say'

/** @param update from 0 */
export function updateWords(rows: readonly TokenView[][], update: number, of: number): string {
  const tokens = rows.flat()
  if (tokens.length === 0) return say`This update was made on other completions of the batch.`
  const ratios = tokens.map(({ ratio }) => ratio)
  if (update === 0 && ratios.every((w) => w === 1))
    return of > 2
      ? say`The policy is still the one that sampled: every ratio is 1 and nothing is clipped. See update 2 to ${of}.`
      : say`The policy is still the one that sampled: every ratio is 1 and nothing is clipped. See update 2.`
  const held = tokens.filter((token) => token.held).length
  const span = say`Ratios from ${fixed(ratios.reduce((a, b) => Math.min(a, b)), 2)} to ${fixed(ratios.reduce((a, b) => Math.max(a, b)), 2)}`
  return held === 0 ? say`${span}; none of ${tokens.length} tokens clipped.` : say`${span}; ${held} of ${tokens.length} tokens clipped.`
}
