/** JSON that others wrote: read with a bound on its depth, and shown in a sentence, which has one line and some end. */

/** Lists and objects within one another, at most: JSON.stringify and whoever walks a value recurse. */
const DEPTH = 200

/** The value. Throws in a few words of one line. */
export function readJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(oneLine((error as Error).message, 160), { cause: error })
  }
  if (typeof value === 'object' && value !== null && depthExceeds(text)) throw new Error(`lists and objects within more than ${DEPTH} others`)
  return value
}

/** By the brackets outside of strings; the text is JSON. */
function depthExceeds(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i)
    if (letter === 0x22) {
      for (i = text.indexOf('"', i + 1); i > 0 && escaped(text, i); i = text.indexOf('"', i + 1));
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
