/**
 * 1 when the last \boxed{…} holds the right answer, else 0. Plain numbers are compared as numbers ("025" is 25, "1,000.0" is 1000);
 * everything else by its spelling, and where that differs by its meaning (latex/equal.ts): 1/2 is 0.5, a factored polynomial an
 * expanded one.
 */
import type { Grader } from './grader'
import { sameLatex } from './latex/equal'

export const boxed: Grader = {
  name: 'boxed',
  title: 'The last \\boxed{} holds the right answer',
  rules: (weight) => `Your last \\boxed{} counts as your answer: ${weight} points when it equals the right one, else 0.`,
  grade({ text, answer }) {
    if (answer.trim() === '') return null
    const found = lastBox(text)
    return found !== undefined && (plain(found) === plain(answer) || sameLatex(answer, found)) ? 1 : 0
  },
  answer({ text }) {
    const found = lastBox(text)
    return found === undefined ? undefined : plain(found)
  },
}

/** What the last \boxed{…} holds; undefined without one, or where its braces do not close. */
export function lastBox(text: string): string | undefined {
  const start = text.lastIndexOf('\\boxed')
  const open = text.indexOf('{', start)
  if (start < 0 || open < 0 || text.slice(start + '\\boxed'.length, open).trim() !== '') return undefined
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '\\') at++ // \{ and \} are braces that are printed
    else if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return text.slice(open + 1, at)
  }
  return undefined
}

const NUMBER = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d*))?$/

/** One text for answers that differ in spelling alone; a plain number without signs that say nothing. */
export function plain(answer: string): string {
  const text = answer
    .replace(/\\(?:left|right|big|Big|displaystyle)(?![a-zA-Z])/g, '')
    .replace(/\\(?:text|mbox|mathrm|textbf|mathbf)\s*\{([^{}]*)\}/g, '$1')
    .replace(/(?<!\\)\\!|(?<!\\)\\[,;: ](?!\d)|~|\\quad(?![a-zA-Z])/g, '')
    .replace(/\\?[$%]|\^\s*(?:\\circ|\{\s*\\circ\s*\})|\\degree/g, '')
    .replace(/\\[dt]frac/g, '\\frac')
    .replace(/\s+/g, '')
    .replace(/\\frac([^{\\])(?=.)/g, '\\frac{$1}')
    .replace(/(\\frac\{[^{}]*\})([^{\\])/g, '$1{$2}')
    .replace(/\\sqrt([^{[\\])/g, '\\sqrt{$1}')
    .replace(/\{,\}/g, ',')
    .replace(/\.$/, '')
  const [, sign, whole = '', fraction = ''] = NUMBER.exec(text) ?? []
  if (sign === undefined || whole + fraction === '') return text
  const integer = whole.replaceAll(',', '').replace(/^0+/, '')
  const digits = (integer || '0') + (fraction.replace(/0+$/, '') && `.${fraction.replace(/0+$/, '')}`)
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}
