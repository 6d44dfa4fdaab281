/**
 * calculate_output, the formula of a multi grader: numbers, names of graders, + − * / ^, parentheses and min max abs floor ceil exp
 * sqrt log. ^ binds tightest and to the right, a sign less than ^ and more than *: −2 ^ 2 is −4, 2 ^ −1 is ½. log is the natural one.
 *
 *     sum = product (("+" | "-") product)*      product = signed (("*" | "/") signed)*      signed = ("-" | "+") signed | power
 *     power = atom ("^" signed)?                atom = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"
 */

/** The value, by the scores of the graders. */
export type Formula = (scores: Readonly<Record<string, number>>) => number

const FUNCTIONS = {
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  exp: Math.exp,
  sqrt: Math.sqrt,
  log: Math.log,
} as const satisfies Record<string, (...values: number[]) => number>

type FunctionName = keyof typeof FUNCTIONS
const MANY: readonly FunctionName[] = ['min', 'max']
const DEPTH = 100

interface Token {
  text: string
  /** The character that it begins with, from 1. */
  at: number
}

/** Throws one sentence with the position of what is wrong, or of a name that is none of `names`. */
export function parseFormula(text: string, names: readonly string[]): Formula {
  const tokens = tokenise(text)
  let next = 0
  let depth = 0
  const peek = () => tokens[next]?.text
  const take = (...texts: string[]) => (texts.includes(peek() ?? '') ? tokens[next++] : undefined)
  const wrong = (expected: string) => {
    const token = tokens[next]
    return new Error(`the formula has ${token ? `“${token.text}” at character ${token.at}` : 'its end'} where ${expected} is expected`)
  }

  function chain(part: () => Formula, ...signs: string[]): Formula {
    let left = part()
    for (let sign = take(...signs); sign; sign = take(...signs)) {
      const [a, b, operation] = [left, part(), OPERATIONS[sign.text]!]
      left = (scores) => operation(a(scores), b(scores))
    }
    return left
  }
  const sum = (): Formula => chain(product, '+', '-')
  const product = (): Formula => chain(signed, '*', '/')

  function signed(): Formula {
    if (++depth > DEPTH) throw new Error(`the formula is nested more than ${DEPTH} deep at character ${tokens[next]?.at ?? text.length}`)
    try {
      const sign = take('-', '+')
      const value = sign ? signed() : power()
      return sign?.text === '-' ? (scores) => -value(scores) : value
    } finally {
      depth--
    }
  }

  function power(): Formula {
    const base = atom()
    if (!take('^')) return base
    const exponent = signed()
    return (scores) => base(scores) ** exponent(scores)
  }

  function atom(): Formula {
    const token = tokens[next]
    if (take('(')) return closed(sum())
    if (token && /^[\d.]/.test(token.text)) {
      next++
      const number = Number(token.text)
      return () => number
    }
    if (!token || !/^[\p{L}_]/u.test(token.text)) throw wrong('a number, a name or “(”')
    next++
    if (take('(')) return call(token)
    if (!names.includes(token.text)) {
      const known = names.length > 0 ? `the graders are ${names.join(', ')}` : 'there are no graders'
      throw new Error(`the formula names “${token.text}” at character ${token.at}, which is no grader; ${known}`)
    }
    return (scores) => scores[token.text]!
  }

  function call({ text: name, at }: Token): Formula {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = Object.keys(FUNCTIONS).join(', ')
      throw new Error(`the formula calls “${name}” at character ${at}, which is no function; there are ${known}`)
    }
    const parts = [sum()]
    while (take(',')) parts.push(sum())
    if (parts.length > 1 && !MANY.includes(name as FunctionName)) {
      throw new Error(`the formula gives ${name} at character ${at} ${parts.length} values; it takes one`)
    }
    const apply: (...values: number[]) => number = FUNCTIONS[name as FunctionName]
    return closed((scores) => apply(...parts.map((part) => part(scores))))
  }

  function closed(inside: Formula): Formula {
    if (!take(')')) throw wrong('“)”')
    return inside
  }

  const formula = sum()
  if (next < tokens.length) throw wrong('an operator')
  return formula
}

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}

const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|([-+*/^(),]))/uy

function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  for (let from = 0; from < end; from = TOKEN.lastIndex) {
    TOKEN.lastIndex = from
    const found = TOKEN.exec(text)
    if (!found) {
      const at = from + /^\s*/.exec(text.slice(from))![0].length
      throw new Error(`the formula has “${String.fromCodePoint(text.codePointAt(at)!)}” at character ${at + 1}, which means nothing in it`)
    }
    const token = (found[1] ?? found[2] ?? found[3])!
    tokens.push({ text: token, at: TOKEN.lastIndex - token.length + 1 })
  }
  return tokens
}
