/**
 * The page's texts in the language that it speaks. English stands in the code and is its own key: say`Step ${n} of ${all}` looks
 * “Step {0} of {1}” up in the language's table (`<code>.json` beside this file), and says the English where there is none. A line
 * break within such a text is one space. Where one and many differ, the code has a text for each; where one English word is several
 * in another language, a remark behind “¦” parts them: say`change¦the model`.
 */

/** English text → the language's; {0}, {1}, … are the values, in whatever order. */
export type Table = Readonly<Record<string, string>>

type Value = string | number

let spoken: { code: string; table: Table } = { code: 'en', table: {} }
const listeners = new Set<() => void>()

/** The code of the language that the page speaks, such as “de”. */
export const language = (): string => spoken.code

/** For useSyncExternalStore. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}

/** The page speaks this language from now on; what was said before stays as it is. */
export function speak(code: string, table: Table): void {
  spoken = { code, table }
  for (const listener of listeners) listener()
}

/** The text in the page's language, with the values in their places. */
export function say(strings: TemplateStringsArray, ...values: Value[]): string {
  return say.of(keyOf(strings)).replace(PLACE, (place, i: string) => String(values[Number(i)] ?? place))
}

/** A text that stands in a table of the code, marked there by `later`. */
say.of = (text: string): string => spoken.table[text] ?? text.replace(REMARK, '')

/** Marks a text without values that `say.of` says when it is shown: tables are made before the language is known. */
export const later = (strings: TemplateStringsArray): string => keyOf(strings)

/** The text's pieces in the page's language and, between them, which value stands there. */
export function piecesOf(strings: TemplateStringsArray): (string | number)[] {
  return say.of(keyOf(strings)).split(PLACE).map((piece, i) => (i % 2 === 0 ? piece : Number(piece)))
}

const REMARK = /¦.*$/
const PLACE = /\{(\d+)\}/g
const keys = new WeakMap<TemplateStringsArray, string>()

function keyOf(strings: TemplateStringsArray): string {
  let key = keys.get(strings)
  if (key === undefined) keys.set(strings, (key = joinKey(strings)))
  return key
}

/** ["Step ", " of ", ""] → “Step {0} of {1}”. */
export function joinKey(strings: readonly string[]): string {
  return strings.map((text, i) => (i === 0 ? text : `{${i - 1}}${text}`)).join('').replace(/\s*\n\s*/g, ' ')
}
