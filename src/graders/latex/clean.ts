/**
 * LaTeX of an answer as one plain spelling: typesetting, currency, percent, degrees and units dropped, other signs for the same thing
 * made one. As Math-Verify 0.9 reads it: units and the base of a number (52_8) say nothing, and \, is no thousands separator.
 */

const UNITS = [
  'degrees?|radians?|percent|dollars?|cents?|units?|square|cubic|inch(?:es)?|feet|foot|ft|miles?|yards?|mi|yd',
  'cm|mm|km|kg|mg|mL|meters?|metres?|centimeters?|kilometers?|grams?|kilograms?|lit(?:er|re)s?|pounds?|ounces?',
  'seconds?|minutes?|hours?|days?|weeks?|months?|years?|mph|km\\/h|people|students|points?',
].join('|')

const SIGNS: [RegExp, string][] = [
  [/−|–/g, '-'],
  [/×/g, '\\times '],
  [/·|⋅/g, '\\cdot '],
  [/÷/g, '\\div '],
  [/π/g, '\\pi '],
  [/√/g, '\\sqrt '],
  [/∞/g, '\\infty '],
  [/±/g, '\\pm '],
  [/∪/g, '\\cup '],
  [/∈/g, '\\in '],
  [/≤|\\leq?(?:slant)?(?![a-zA-Z])/g, '\\le '],
  [/≥|\\geq?(?:slant)?(?![a-zA-Z])/g, '\\ge '],
  [/≠|\\neq(?![a-zA-Z])/g, '\\ne '],
  [/\\lt(?![a-zA-Z])/g, '<'],
  [/\\gt(?![a-zA-Z])/g, '>'],
]

const WORDS = '\\\\(?:text(?:bf|it|rm|normal)?|mbox|mathrm|mathbf|mathit|rm|operatorname)'

/** The words of an answer that is a text alone, such as \text{(C)} or “even”; undefined where it is anything else. */
export function wordsOf(latex: string): string | undefined {
  const text = latex.trim().replace(/^\$|\$$/g, '')
  const [, inside] = new RegExp(`^${WORDS}\\s*\\{([^{}]*)\\}[.]?$`).exec(text) ?? []
  const words = inside ?? (/^[a-zA-Z]{3,}(?: [a-zA-Z]+)*$/.test(text) ? text : undefined)
  return words === undefined ? undefined : bare(words)
}

/** A text that is to be compared with words: without its wrapper, brackets, case and spaces. */
export function bare(text: string): string {
  return text
    .replace(new RegExp(WORDS, 'g'), '')
    .replace(/\\left|\\right|[{}()$.*\s]/g, '')
    .toLowerCase()
}

export function clean(latex: string): string {
  let text = latex
  for (const [sign, plain] of SIGNS) text = text.replace(sign, plain)
  text = text
    .replace(/\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits)(?![a-zA-Z])\.?/g, '')
    .replace(/\\!|\{,\}/g, (found) => (found === '{,}' ? ',\\!' : found))
    .replace(/,\\!\s*/g, '')
    .replace(/\\!/g, '')
    .replace(/(?<!\\)\\[,;: ]|~|\\q?quad(?![a-zA-Z])/g, ' ')
    .replace(/\\?[$%]|\^\s*(?:\\circ|\{\s*\\circ\s*\})|\\degree(?![a-zA-Z])|°/g, '')
    .replace(/\\[dtc]frac/g, '\\frac')
    .replace(/\\[dt]binom/g, '\\binom')
    .replace(new RegExp(`${WORDS}\\s*\\{\\s*(?:and|or)\\s*\\}|(?<![a-zA-Z\\\\])(?:and|or)(?![a-zA-Z])`, 'g'), ',')
    .replace(new RegExp(`${WORDS}\\s*\\{[^{}]*\\}(?:\\s*\\^\\s*(?:\\d|\\{\\d\\}))?`, 'g'), ' ')
    .replace(new RegExp(`(?<=[\\d}\\s])(?<![a-zA-Z\\\\])(?:${UNITS})(?![a-zA-Z])(?:\\^\\d)?`, 'g'), ' ')
    .trim()
    .replace(/[.,]$/, '')
  // a comma between groups of three is one of a number only where it cannot stand between the parts of an interval or a set
  return /[([{]/.test(text) ? text : text.replace(/(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)/g, (number) => number.replaceAll(',', ''))
}
