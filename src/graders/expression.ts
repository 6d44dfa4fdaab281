/** Arithmetic in plain text, read by recursive descent and never run as code: numbers, + − * /, brackets. */

export interface Arithmetic {
  /** Infinite or NaN where it divides by zero. */
  value: number
  /** The numbers that are written in it, in their order. */
  numbers: number[]
}

/** Longer texts are refused, so that deep brackets cannot exhaust the stack. */
const LONGEST = 1000

/** undefined when the text is anything else than one expression. */
export function readArithmetic(text: string): Arithmetic | undefined {
  if (text.length > LONGEST) return undefined
  const tokens = text.match(/\d+(?:\.\d+)?|\S/g) ?? []
  const numbers: number[] = []
  let at = 0

  const sum = (): number => {
    let value = product()
    while (tokens[at] === '+' || tokens[at] === '-') value = tokens[at++] === '+' ? value + product() : value - product()
    return value
  }
  const product = (): number => {
    let value = factor()
    while (tokens[at] === '*' || tokens[at] === '/') value = tokens[at++] === '*' ? value * factor() : value / factor()
    return value
  }
  const factor = (): number => {
    const token = tokens[at++]
    if (token === '-') return -factor()
    if (token === '(') {
      const value = sum()
      if (tokens[at++] !== ')') throw new SyntaxError('not arithmetic')
      return value
    }
    if (token === undefined || !/^\d/.test(token)) throw new SyntaxError('not arithmetic')
    numbers.push(Number(token))
    return Number(token)
  }

  try {
    const value = sum()
    return at === tokens.length ? { value, numbers } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
