/**
 * JSON values in a notation that an address can show and a person can read (Rison, Nanonanonano 2007): (key:value,key:value) for
 * objects, !(value,value) for lists, !t !f !n for true, false and null, numbers as they are, words bare where they are plain and else
 * in quotes: 'it!'s'. What an address must not hold is percent-encoded around it.
 */

import { oneLine } from '../../graders/json'

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value }

/** A bare word: it begins with no digit and no minus, and has none of the notation's own letters. */
const PLAIN = /^[^-0-9 '!:(),*@$&=#%][^ '!:(),*@$&=#%]*$/u
const NUMBER = /^-?\d+(\.\d+)?(e-?\d+)?$/

export function writeValue(value: Value): string {
  if (value === null) return '!n'
  if (typeof value === 'boolean') return value ? '!t' : '!f'
  if (typeof value === 'number') return String(value).replace('e+', 'e')
  if (typeof value === 'string') return PLAIN.test(value) ? value : `'${value.replace(/[!']/g, '!$&')}'`
  if (Array.isArray(value)) return `!(${value.map(writeValue).join(',')})`
  return `(${Object.entries(value).map(([key, each]) => `${writeValue(key)}:${writeValue(each)}`).join(',')})`
}

/** Throws where the text is not of this notation; it says at which letter. */
export function readValue(text: string): Value {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

/** Lists and objects within one another, at most. */
const DEPTH = 20

class Reader {
  private at = 0
  constructor(private readonly text: string) {}

  value(depth: number): Value {
    if (depth > DEPTH) this.fail('fewer lists within lists')
    if (this.take('!(')) return this.list(')', () => this.value(depth + 1))
    if (this.take('(')) return Object.fromEntries(this.list(')', () => this.pair(depth)))
    if (this.take("'")) return this.quoted()
    for (const [sign, value] of [['!t', true], ['!f', false], ['!n', null]] as const) if (this.take(sign)) return value
    const word = this.word()
    if (NUMBER.test(word)) return Number(word)
    return PLAIN.test(word) ? word : this.fail('a number')
  }

  private word(): string {
    const word = /^[^ '!:(),*@$&=#%]+/u.exec(this.text.slice(this.at))?.[0] ?? this.fail('a value')
    this.at += word.length
    return word
  }

  end(): void {
    if (this.at < this.text.length) this.fail('nothing more')
  }

  private pair(depth: number): [string, Value] {
    const key = this.take("'") ? this.quoted() : this.word()
    if (!this.take(':')) this.fail('a colon')
    return [key, this.value(depth + 1)]
  }

  private list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    if (this.take(close)) return items
    do items.push(item())
    while (this.take(','))
    if (!this.take(close)) this.fail(`a comma or ${close}`)
    return items
  }

  private quoted(): string {
    let text = ''
    for (;;) {
      const letter = this.text[this.at++] ?? this.fail('a closing quote')
      if (letter === "'") return text
      text += letter === '!' ? (this.text[this.at++] ?? this.fail('a letter after !')) : letter
    }
  }

  private take(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false
    this.at += sign.length
    return true
  }

  private fail(wanted: string): never {
    throw new Error(`${wanted} is missing at letter ${Math.min(this.at, this.text.length) + 1} of “${oneLine(this.text, 60)}”`)
  }
}
