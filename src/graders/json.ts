/** JSON that others wrote: read with a bound on its depth, and shown in a sentence, which has one line and some end. */

/** Lists and objects within one another, at most: JSON.stringify and whoever walks a value recurse. */
const DEPTH = 200
/** Letters, at most, unless more are asked for: of short lists, each takes tens of bytes of memory. */
const LONGEST = 16_000_000

/** The value. Throws in a few words of one line. */
export function readJson(text: string, longest = LONGEST): unknown {
  if (text.length > longest) throw new Error(`${text.length} letters, more than the ${longest} that are read`)
  if (depthExceeds(text)) throw new Error(`lists and objects within more than ${DEPTH} others`)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new Error(oneLine((error as Error).message, 160), { cause: error })
  }
}

/** By the brackets outside of strings: before it is parsed, which would take memory. */
function depthExceeds(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i)
    if (letter === 0x22) {
      for (i = text.indexOf('"', i + 1); i > 0 && escaped(text, i); i = text.indexOf('"', i + 1));
      if (i < 0) return false // the text does not close: whoever parses it will say so
    } else if (letter === 0x5b || letter === 0x7b) {
      if (++depth > DEPTH) return true
    } else if (letter === 0x5d || letter === 0x7d) depth--
  }
  return false
}

/** Whether an odd number of backslashes stands before a letter. */
function escaped(text: string, at: number): boolean {
  let before = at
  while (text.charCodeAt(before - 1) === 0x5c) before--
  return (at - before) % 2 === 1
}

/** A value in a sentence: its JSON, cut. */
export function shown(value: unknown, letters = 80): string {
  return oneLine(JSON.stringify(value) ?? String(value), letters)
}

/** A text without line breaks and control characters, cut. */
export function oneLine(text: string, letters = 80): string {
  const line = text.slice(0, letters + 1).replace(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
  return line.length > letters ? `${line.slice(0, letters - 1)}…` : line
}
