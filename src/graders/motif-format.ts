/**
 * The format score of MOTIF's released code (github.com/purbeshmitra/MOTIF, motif.py), as it is, divided by the 1.5 that its three
 * parts sum up to. Its patterns let no "." pass a line's end, so that `strict` and `soft` never fire together, and neither fires
 * on reasoning of several lines: 1 is never reached, and what is left to learn from is the count of tags. Ours: a score is at
 * least 0; the code's own falls below that when more than 250 characters stand after the last tag.
 */
import type { Grader } from './grader'

/** Python's "." passes everything but a line feed, and its "$" stands before a last line feed too. */
const STRICT = /^<reasoning>\n[^\n]*?\n<\/reasoning>\n<answer>\n[^\n]*?\n<\/answer>\n\n?$/
const SOFT = /^<reasoning>[^\n]*?<\/reasoning>\s*<answer>[^\n]*?<\/answer>/
const LARGEST = 1.5

export const motifFormat: Grader = {
  name: 'motif_format',
  title: 'Reasoning and answer in their tags, by the rules of MOTIF’s code',
  grade: ({ text }) => formatScore(text),
}

/** The score in [0, 1] of a completion's text. */
export function formatScore(text: string): number {
  const { strict, soft, tags } = motifFormatParts(text)
  return Math.max(0, (strict + soft + tags) / LARGEST)
}

/** The code's three parts: ½ and ½ for the whole form, up to ½ for the tags with what trails them taken off. */
export function motifFormatParts(text: string): { strict: number; soft: number; tags: number } {
  return { strict: STRICT.test(text) ? 0.5 : 0, soft: SOFT.test(text) ? 0.5 : 0, tags: tagScore(text) }
}

/** ⅛ for each tag that stands there once, in its own line; a thousandth off for each character after the last, counted twice. */
function tagScore(text: string): number {
  const once = (tag: string) => text.split(tag).length === 2
  const after = (tag: string) => [...text.split(tag).at(-1)!].length // Python counts characters and not UTF-16 units
  let score = 0
  if (once('<reasoning>\n')) score += 0.125
  if (once('\n</reasoning>\n')) score += 0.125
  if (once('\n<answer>\n')) score += 0.125 - 0.001 * after('\n</answer>\n')
  if (once('\n</answer>')) score += 0.125 - 0.001 * (after('\n</answer>') - 1)
  return score
}
