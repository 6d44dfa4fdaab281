/** What there is to see at one of the updates that learn from the same batch. */
import { fixed } from '../format'
import type { TokenView } from './look'

/** @param update from 0 */
export function updateWords(rows: readonly TokenView[][], update: number, of: number): string {
  const tokens = rows.flat()
  if (tokens.length === 0) return 'This update was made on other completions of the batch.'
  const ratios = tokens.map(({ ratio }) => ratio)
  if (update === 0 && ratios.every((w) => w === 1))
    return `The policy is still the one that sampled: every ratio is 1 and nothing is clipped. See update ${of > 2 ? `2 to ${of}` : '2'}.`
  const held = tokens.filter((token) => token.held).length
  const span = `Ratios from ${fixed(ratios.reduce((a, b) => Math.min(a, b)), 2)} to ${fixed(ratios.reduce((a, b) => Math.max(a, b)), 2)}`
  return `${span}; ${held === 0 ? 'none' : held} of ${tokens.length} tokens clipped.`
}
