/**
 * Whether two answers in LaTeX mean the same, as Math-Verify 0.9 (github.com/huggingface/Math-Verify) takes it: lists and sets in any
 * order, tuples, intervals and matrices part by part, unions in any order, ± as two values, equations with both sides moved to one,
 * and "x = 5" like 5; expressions are equal where their values are at random points with a fixed seed. Decimals are compared to 6 places.
 */
import { bare, clean, wordsOf } from './clean'
import { readExpression } from './evaluate'

type Answer =
  | { kind: 'value'; text: string }
  /** In any order, without repetitions: 1, -2 or \{1, -2\}. */
  | { kind: 'set'; items: Answer[] }
  | { kind: 'union'; items: Answer[] }
  /** ( or [, ) or ]. */
  | { kind: 'tuple'; open: string; close: string; items: Answer[] }
  | { kind: 'matrix'; rows: Answer[][] }
  /** Written with < and \le alone where it is an inequality. */
  | { kind: 'relation'; signs: string[]; sides: Answer[] }

/** @param gold the right answer */
export function sameLatex(gold: string, given: string): boolean {
  const words = wordsOf(gold)
  if (words !== undefined) return words === bare(given)
  const [a, b] = [clean(gold), clean(given)]
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return BigInt(a) === BigInt(b)
  return same(read(a), read(b))
}

const MATRIX = /^\\begin\{([pbvBV]?matrix|array)\}(?:\{[^{}]*\})?(.*)\\end\{\1\}$/s
const RELATION = /^(?:=|<|>|\\le|\\ge|\\ne|\\in)$/
const TURNED: Record<string, string> = { '>': '<', '\\ge': '\\le' }

function read(source: string): Answer {
  const text = source.trim()
  const [, , inside] = MATRIX.exec(text) ?? []
  if (inside !== undefined && !inside.includes('\\begin')) {
    const rows = inside.trim().replace(/\\\\$/, '').split('\\\\')
    return { kind: 'matrix', rows: rows.map((row) => row.split('&').map(read)) }
  }
  const unions = split(text, /^\\cup$/).parts
  if (unions.length > 1) return { kind: 'union', items: unions.map(read) }
  const items = split(text, /^[,;]$/).parts.filter((part) => part.trim() !== '')
  if (items.length > 1) return setOf(items.map(read))
  const relation = split(text, RELATION)
  if (relation.signs.length > 0) return relationOf(relation.signs, relation.parts.map(read))
  const bracket = brackets(text)
  if (bracket?.open === '\\{') return setOf([read(bracket.inside)])
  if (bracket) {
    const parts = split(bracket.inside, /^[,;]$/).parts
    if (parts.length > 1) return { kind: 'tuple', open: bracket.open, close: bracket.close, items: parts.map(read) }
    if (bracket.open === '(' && bracket.close === ')') return read(bracket.inside)
  }
  if (/\\[pm][mp](?![a-zA-Z])/.test(text)) {
    const sign = (plus: string, minus: string) => text.replace(/\\pm(?![a-zA-Z])/g, plus).replace(/\\mp(?![a-zA-Z])/g, minus)
    return setOf([read(sign('+', '-')), read(sign('-', '+'))])
  }
  return { kind: 'value', text }
}

function setOf(items: Answer[]): Answer {
  const flat = items.flatMap((item) => (item.kind === 'set' ? item.items : [item]))
  const distinct = flat.filter((item, i) => !flat.slice(0, i).some((other) => same(other, item)))
  return distinct.length === 1 ? distinct[0]! : { kind: 'set', items: distinct }
}

function relationOf(signs: string[], sides: Answer[]): Answer {
  if (!signs.every((sign) => sign in TURNED)) return { kind: 'relation', signs, sides }
  return { kind: 'relation', signs: signs.map((sign) => TURNED[sign]!).reverse(), sides: [...sides].reverse() }
}

/** The parts of a text between signs that stand outside all brackets. */
function split(text: string, at: RegExp): { parts: string[]; signs: string[] } {
  const parts = ['']
  const signs: string[] = []
  let depth = 0
  for (const token of text.match(/\\[a-zA-Z]+|\\.|[^\\]|\\/gs) ?? []) {
    if (/^(?:[([{]|\\\{|\\begin)$/.test(token)) depth++
    if (/^(?:[)\]}]|\\\}|\\end)$/.test(token)) depth--
    if (depth === 0 && at.test(token)) {
      parts.push('')
      signs.push(token)
    } else parts[parts.length - 1] += token
  }
  return { parts, signs }
}

/** A text that one pair of brackets, maybe of two kinds, holds from end to end. */
function brackets(text: string): { open: string; close: string; inside: string } | undefined {
  const [, open, inside, close] = /^([([]|\\\{)(.*?)([)\]]|\\\})$/s.exec(text) ?? []
  if (open === undefined || inside === undefined || close === undefined || (open === '\\{') !== (close === '\\}')) return undefined
  let depth = 0
  for (const sign of inside.match(/\\?[[({]|\\?[\])}]/g) ?? []) {
    depth += /[[({]$/.test(sign) ? 1 : -1
    if (depth < 0) return undefined
  }
  return { open, close, inside }
}

/** x = 5 as 5, x \in A as A, and what a chain a = b = c comes to; everything else as it is. */
function unnamed(answer: Answer): Answer {
  if (answer.kind !== 'relation' || !answer.signs.every((sign) => sign === '=' || sign === '\\in')) return answer
  const [name] = answer.sides
  const named = name!.kind === 'value' && /^(?:[a-zA-Z]|\\[a-z]+)(?:_\w|_\{\w+\})?(?:\([a-z]\))?$/.test(name!.text)
  return named || answer.signs.length > 1 ? answer.sides.at(-1)! : answer
}

function same(a: Answer, b: Answer): boolean {
  if (a.kind === 'relation' && b.kind === 'relation') return sameRelation(a, b)
  if (a.kind === 'relation' || b.kind === 'relation') {
    const [left, right] = [unnamed(a), unnamed(b)]
    return left.kind !== 'relation' && right.kind !== 'relation' && same(left, right)
  }
  if (a.kind === 'value' && b.kind === 'value') return sameValue(a.text, b.text)
  if (a.kind === 'tuple' && b.kind === 'tuple') return a.open === b.open && a.close === b.close && inOrder(a.items, b.items)
  if (a.kind === 'matrix' && b.kind === 'matrix')
    return a.rows.length === b.rows.length && a.rows.every((row, i) => inOrder(row, b.rows[i]!))
  if ((a.kind === 'set' && b.kind === 'set') || (a.kind === 'union' && b.kind === 'union')) return anyOrder(a.items, b.items)
  return false
}

const inOrder = (a: Answer[], b: Answer[]) => a.length === b.length && a.every((item, i) => same(item, b[i]!))

function anyOrder(a: Answer[], b: Answer[]): boolean {
  const left = [...b]
  for (const item of a) {
    const at = left.findIndex((other) => same(item, other))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return left.length === 0
}

function sameRelation(a: Answer & { kind: 'relation' }, b: Answer & { kind: 'relation' }): boolean {
  if (a.signs.join() === b.signs.join() && inOrder(a.sides, b.sides)) return true
  const [left, right] = [difference(a), difference(b)]
  return left !== undefined && right !== undefined && (sameValue(left, right) || sameValue(left, `-(${right})`))
}

/** What an equation of two expressions sets to zero. */
function difference({ signs, sides: [a, b] }: Answer & { kind: 'relation' }): string | undefined {
  return signs.join() === '=' && a!.kind === 'value' && b!.kind === 'value' ? `(${a!.text})-(${b!.text})` : undefined
}

const POINTS = 6
const EXACT = 1e-10
/** Half of the sixth place; and small numbers have four digits to agree in. */
const PLACES = 5e-7
const DIGITS = 1e-4

/** Numbers in 0.5 … 3.5, at every other point in 0.5 … 24.5, by letter and point: the mixer of a 32-bit hash. */
function random(name: string, point: number): number {
  let h = Math.imul(point + 1, 0x9e3779b9)
  for (const letter of name) h = Math.imul(h ^ letter.charCodeAt(0), 0x85ebca6b) ^ (h >>> 13)
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return 0.5 + ((point % 2 === 0 ? 3 : 24) * ((h ^ (h >>> 15)) >>> 0)) / 2 ** 32
}

/** Without spaces, but between letters and digits. */
const spelling = (text: string) => text.replace(/\s*([^\w\s])\s*/g, '$1').trim()

function sameValue(a: string, b: string): boolean {
  const [left, right] = [readExpression(a), readExpression(b)]
  if (!left || !right) return spelling(a) !== '' && spelling(a) === spelling(b)
  const constant = left.symbols.size + right.symbols.size === 0
  let compared = 0
  for (let point = 0; point < (constant ? 1 : POINTS); point++) {
    const [x, y] = [left, right].map((side) => side.at((name) => random(name, point))) as [number, number]
    if (!Number.isFinite(x) && !Number.isFinite(y) && !constant) continue // at neither a number, such as a root of x - 9
    if (!close(x, y, constant && (left.decimal || right.decimal))) return false
    compared++
  }
  return compared > 0
}

function close(x: number, y: number, decimal: boolean): boolean {
  if (x === y) return true // infinities too, which no tolerance may reach
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false
  const [apart, size] = [Math.abs(x - y), Math.max(Math.abs(x), Math.abs(y))]
  return apart <= EXACT * size || apart <= 1e-14 || (decimal && apart <= PLACES && apart <= DIGITS * size)
}
