/**
 * The value of a LaTeX expression where its letters have given values, by recursive descent: + − · × ÷ / ^ !, \frac, \sqrt, \binom,
 * |…|, functions, mixed numbers (4\frac23 is 14/3), products without a sign. Every letter but e is a free symbol, i too. The argument of
 * \sqrt and \frac is one digit where it has no braces, as LaTeX sets it. Nothing is run as code.
 */

export interface Expression {
  /** Its free symbols. */
  symbols: Set<string>
  /** Whether a decimal fraction is written in it. */
  decimal: boolean
  /** NaN where it has no real value. */
  at(symbol: (name: string) => number): number
}

type Value = (symbol: (name: string) => number) => number

/** Longer texts are refused, so that deep brackets cannot exhaust the stack. */
const LONGEST = 1000

const FUNCTIONS: Record<string, (x: number) => number> = {
  '\\sin': Math.sin,
  '\\cos': Math.cos,
  '\\tan': Math.tan,
  '\\cot': (x) => 1 / Math.tan(x),
  '\\sec': (x) => 1 / Math.cos(x),
  '\\csc': (x) => 1 / Math.sin(x),
  '\\arcsin': Math.asin,
  '\\arccos': Math.acos,
  '\\arctan': Math.atan,
  '\\ln': Math.log,
  '\\log': Math.log10,
  '\\lg': Math.log10,
  '\\exp': Math.exp,
}
const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}', '|': '|', '\\lvert': '\\rvert', '\\lfloor': '\\rfloor' }
const PRODUCT = new Set(['*', '/', '\\cdot', '\\times', '\\div'])
const GREEK = /^\\(?:alpha|beta|gamma|delta|epsilon|theta|lambda|mu|rho|sigma|tau|phi|varphi|omega|Delta|Omega)$/

class Reader {
  readonly symbols = new Set<string>()
  decimal = false
  private at = 0
  private bars = 0

  constructor(private readonly tokens: string[]) {}

  whole(): Value {
    const value = this.sum()
    if (this.at < this.tokens.length) this.fail()
    return value
  }

  private fail(): never {
    throw new SyntaxError(`“${this.tokens[this.at] ?? 'the end'}” was not expected`)
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false
    this.at++
    return true
  }

  private sum(): Value {
    const minus = this.take('-')
    if (!minus) this.take('+')
    const first = this.product()
    let value: Value = minus ? (x) => -first(x) : first
    for (;;) {
      const sign = this.tokens[this.at]
      if (sign !== '+' && sign !== '-') return value
      this.at++
      const [left, right] = [value, this.product()]
      value = sign === '+' ? (x) => left(x) + right(x) : (x) => left(x) - right(x)
    }
  }

  private product(): Value {
    let value = this.factor()
    for (;;) {
      const sign = this.tokens[this.at]
      if (sign !== undefined && PRODUCT.has(sign)) this.at++
      else if (!this.begins()) return value
      const minus = this.take('-')
      const [left, right] = [value, this.factor()]
      const signed: Value = minus ? (x) => -right(x) : right
      value = sign === '/' || sign === '\\div' ? (x) => left(x) / signed(x) : (x) => left(x) * signed(x)
    }
  }

  /** Whether a factor begins here, so that a product without a sign goes on. */
  private begins(): boolean {
    const token = this.tokens[this.at]
    if (token === undefined) return false
    if (token === '|') return this.bars === 0
    if (/^[\d.]/.test(token)) return !/^[\d.]/.test(this.tokens[this.at - 1]!) // two numbers side by side are no product
    return /^[a-zA-Z]/.test(token) || token in CLOSING || token in FUNCTIONS || GREEK.test(token) || /^\\(?:frac|sqrt|binom|pi|infty)$/.test(token)
  }

  private factor(): Value {
    let value = this.base()
    for (;;) {
      const base = value
      if (this.take('^')) {
        const power = this.argument(true)
        value = (x) => base(x) ** power(x)
      } else if (this.take('!')) value = (x) => factorial(base(x))
      else return value
    }
  }

  private base(): Value {
    const token = this.tokens[this.at++]
    if (token === undefined) this.fail()
    if (/^[\d.]/.test(token)) return this.number(token)
    const closing = CLOSING[token]
    if (closing !== undefined) return this.bracket(token, closing)
    if (token in FUNCTIONS) return this.call(token)
    if (token === '\\pi') return () => Math.PI
    if (token === '\\infty') return () => Infinity
    if (token === 'e') return () => Math.E
    if (token === '\\frac') {
      const [above, below] = [this.argument(), this.argument()]
      return (x) => above(x) / below(x)
    }
    if (token === '\\binom') {
      const [n, k] = [this.argument(), this.argument()]
      return (x) => factorial(n(x)) / factorial(k(x)) / factorial(n(x) - k(x))
    }
    if (token === '\\sqrt') return this.root()
    if (/^[a-zA-Z]$/.test(token) || GREEK.test(token)) return this.symbol(token)
    this.at--
    this.fail()
  }

  private number(token: string): Value {
    if (token.includes('.')) this.decimal = true
    const value = Number(token)
    if (Number.isNaN(value)) this.fail()
    if (this.take('_')) this.argument() // the base that it is written in
    if (this.tokens[this.at] !== '\\frac' || !Number.isInteger(value)) return () => value
    this.at++
    const [above, below] = [this.argument(), this.argument()]
    // a whole number in front of a proper fraction of whole numbers is added to it
    const [n, m] = [above(() => NaN), below(() => NaN)]
    const mixed = Number.isInteger(n) && Number.isInteger(m) && n < m
    return mixed ? () => value + n / m : (x) => (value * above(x)) / below(x)
  }

  private bracket(open: string, close: string): Value {
    const bars = this.bars
    this.bars = open === '|' ? 1 : 0
    const inside = this.sum()
    this.bars = bars
    if (!this.take(close)) this.fail()
    if (open === '|' || open === '\\lvert') return (x) => Math.abs(inside(x))
    if (open === '\\lfloor') return (x) => Math.floor(inside(x))
    return inside
  }

  private root(): Value {
    let degree: Value = () => 2
    if (this.take('[')) degree = this.bracket('[', ']')
    const inside = this.argument()
    return (x) => {
      const [n, of] = [degree(x), inside(x)]
      return n === 2 ? Math.sqrt(of) : of < 0 && n % 2 === 1 ? -((-of) ** (1 / n)) : of ** (1 / n)
    }
  }

  private symbol(token: string): Value {
    let name = token
    if (this.take('_')) {
      const start = this.at
      this.argument()
      name += this.tokens.slice(start, this.at).join('').replace(/[{}]/g, '')
    }
    this.symbols.add(name)
    return (x) => x(name)
  }

  private call(name: string): Value {
    const base = name === '\\log' && this.take('_') ? this.argument() : undefined
    const power = this.take('^') ? this.argument(true) : undefined
    const inside = this.tokens[this.at] === '(' || this.tokens[this.at] === '{' ? this.base() : this.plainProduct()
    const called: Value = base ? (x) => Math.log(inside(x)) / Math.log(base(x)) : (x) => FUNCTIONS[name]!(inside(x))
    return power ? (x) => called(x) ** power(x) : called
  }

  /** sin 2x: factors side by side, up to the next function. */
  private plainProduct(): Value {
    let value = this.factor()
    while (this.begins() && FUNCTIONS[this.tokens[this.at]!] === undefined) {
      const [left, right] = [value, this.factor()]
      value = (x) => left(x) * right(x)
    }
    return value
  }

  /** What a command or ^ acts on: braces, or one sign. Of a number without braces that is one digit, but after ^ all of it. */
  private argument(numbers = false): Value {
    const token = this.tokens[this.at]
    if (numbers && token === '-') {
      this.at++
      const negated = this.argument(true)
      return (x) => -negated(x)
    }
    if (!numbers && token !== undefined && /^\d{2,}/.test(token)) this.tokens.splice(this.at, 1, token[0]!, token.slice(1))
    return this.base()
  }
}

function factorial(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 170) return NaN
  let product = 1
  for (let i = 2; i <= n; i++) product *= i
  return product
}

/** undefined when the text is no expression that this reads. */
export function readExpression(text: string): Expression | undefined {
  if (text.length > LONGEST) return undefined
  const reader = new Reader(text.match(/\\[a-zA-Z]+|\d+(?:\.\d*)?|\.\d+|\S/g) ?? [])
  try {
    const at = reader.whole()
    return { symbols: reader.symbols, decimal: reader.decimal, at }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
