/**
 * Templates: every {{ item.… }} or {{ sample.… }} becomes the value at that path (JSON-path like: dots, [0], ['key']). Text stays as it
 * is, anything else becomes its JSON. What is put in is never read as a template again, and nothing is ever evaluated.
 */
import { BadGrader } from './bad-grader'
import { GraderFailure } from './failure'

/** What templates may name. */
export interface View {
  item: Readonly<Record<string, unknown>>
  sample: Readonly<Record<string, unknown>>
}

/** A piece of text, or a variable with the character (from 1) where its braces open. */
type Piece = string | { path: (string | number)[]; spelling: string; at: number }

const STEP = /\.([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/uy
const SAMPLE = ['output_text', 'output_json', 'output_tools', 'choices']

/** A template that is ready to be filled in; `path` is where it stands in the grader. Throws BadGrader when it cannot be read. */
export function template(text: string, path: PropertyKey[]): (view: View) => string {
  try {
    const pieces = parseTemplate(text)
    return (view) => render(pieces, view)
  } catch (error) {
    throw new BadGrader(path, text, (error as Error).message, { cause: error })
  }
}

/** Throws one sentence with the position of the first thing that is wrong. */
function parseTemplate(text: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', end)) {
    const close = text.indexOf('}}', open)
    if (close < 0) throw new Error(`the {{ at character ${open + 1} is never closed; write }} after the variable`)
    const spelling = text.slice(open + 2, close).trim()
    pieces.push(text.slice(end, open), { path: parsePath(spelling, open + 1), spelling, at: open + 1 })
    end = close + 2
  }
  return [...pieces, text.slice(end)].filter((piece) => piece !== '')
}

function parsePath(spelling: string, at: number): (string | number)[] {
  const where = `{{ ${spelling} }} at character ${at}`
  const [space = ''] = /^[A-Za-z_]*/.exec(spelling)!
  if (space !== 'item' && space !== 'sample') throw new Error(`${where} begins with neither item. nor sample.; these are all there is`)
  const path: (string | number)[] = [space]
  for (let from = space.length; from < spelling.length; from = STEP.lastIndex) {
    STEP.lastIndex = from
    const step = STEP.exec(spelling)
    if (!step) throw new Error(`${where} cannot be read from “${spelling.slice(from)}” on; write .name, [0] or ['name']`)
    path.push(step[2] !== undefined ? Number(step[2]) : (step[1] ?? step[3] ?? step[4])!)
  }
  if (path.length === 1) throw new Error(`${where} names no field; write {{ ${space}.… }}`)
  if (space === 'sample' && path[1] === 'output_audio')
    throw new Error(`${where} is sound, which no model here makes; use sample.output_text`)
  if (space === 'sample' && !SAMPLE.includes(String(path[1]))) throw new Error(`${where} is unknown; sample has ${SAMPLE.join(', ')}`)
  return path
}

/** Throws a GraderFailure that names the first variable without a value, and where it stands. */
function render(pieces: readonly Piece[], view: View): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : show(lookUp(piece, view)))).join('')
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function lookUp({ path, spelling, at }: Exclude<Piece, string>, view: View): unknown {
  let value: unknown = view
  let walked = ''
  for (const key of path) {
    const has = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    const next = has && (typeof key === 'number' || !Array.isArray(value)) ? (value as Record<string, unknown>)[key] : undefined
    if (next === undefined) {
      const json = walked === 'sample' && key === 'output_json'
      const why = json ? 'is not there: the sample is no JSON of the response format' : `has no value: ${walked} ${fieldsOf(value)}`
      throw new GraderFailure(json ? 'sample_parse_error' : 'invalid_variable_error', `{{ ${spelling} }} at character ${at} ${why}`)
    }
    walked += walked === '' ? key : typeof key === 'number' ? `[${key}]` : `.${key}`
    value = next
  }
  return value
}

function fieldsOf(value: unknown): string {
  if (Array.isArray(value)) return `is a list of ${value.length}`
  if (typeof value !== 'object' || value === null) return 'is no object'
  const fields = Object.keys(value)
  return fields.length === 0 ? 'has no fields' : `has ${fields.slice(0, 12).join(', ')}${fields.length > 12 ? ', …' : ''}`
}
