/** One sentence for the first thing that is wrong with a spec: where, which value, what is allowed. */
import type { z } from 'zod'
import { oneLine, shown } from '../graders/json'

type Issue = z.core.$ZodIssue

/** @param schema the schema that found the issue, asked for the keys and names that it knows */
export function explain(issue: Issue, input: unknown, schema: z.ZodType): string {
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input)
  const where = issue.path.length === 0 ? 'the run spec' : `${spell(issue.path)} in the run spec`
  const found = value === undefined ? 'is missing' : `is ${shown(value)}`
  switch (issue.code) {
    case 'unrecognized_keys': {
      const names = issue.keys.slice(0, 3).map((key) => `“${oneLine(key, 40)}”`).join(', ')
      const allowed = keysAt(schema, issue.path, input)
      return `${where} has the unknown key ${names}${allowed.length > 0 ? `; allowed are ${allowed.join(', ')}` : ''}`
    }
    case 'invalid_type':
      return `${where} ${found}; it must be ${article(issue.expected)}`
    case 'invalid_value':
      return `${where} ${found}; allowed are ${issue.values.map(String).join(', ')}`
    case 'invalid_union': {
      const options = namesAt(schema, issue.path.slice(0, -1), input)
      return `${where} ${found}; ${options.length > 0 ? `allowed are ${options.join(', ')}` : 'see runspec.schema.json'}`
    }
    case 'too_small':
      return `${where} ${found}; it must be ${size(issue.inclusive !== false ? 'at least' : 'above', issue.minimum, issue.origin)}`
    case 'too_big':
      return `${where} ${found}; it must be ${size(issue.inclusive !== false ? 'at most' : 'below', issue.maximum, issue.origin)}`
    default:
      return `${where} ${found}; ${oneLine(issue.message, 400)}`
  }
}

/** adapter.targets[2] */
function spell(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${oneLine(String(key), 60)}`)).join('')
}

function size(how: string, limit: number | bigint, origin: string): string {
  const unit = origin === 'array' ? ' entries long' : origin === 'string' ? ' characters long' : ''
  return `${how} ${limit}${unit}`
}

const article = (type: string) => {
  const name = { int: 'whole number', tuple: 'list', array: 'list', record: 'object', boolean: 'true or false' }[type] ?? type
  if (name.startsWith('true')) return name
  return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`
}

interface Inside {
  type: string
  innerType?: z.ZodType
  element?: z.ZodType
  shape?: Record<string, z.ZodType>
  options?: z.ZodType[]
  values?: unknown[]
}

const inside = (schema: z.ZodType) => schema.def as unknown as Inside

/** The schema without its defaults and optionals. */
function bare(schema: z.ZodType): z.ZodType {
  const { innerType } = inside(schema)
  return innerType ? bare(innerType) : schema
}

const nameOf = (option: z.ZodType) => {
  const name = inside(bare(option)).shape?.name
  return name ? inside(name).values?.[0] : undefined
}

/** The schema that stands at a path of the input. */
function at(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): z.ZodType | undefined {
  const here = bare(schema)
  const { shape, element, options } = inside(here)
  if (options) {
    const name = (input as { name?: unknown } | undefined)?.name
    const option = options.find((o) => nameOf(o) === name)
    return path.length === 0 && !option ? here : option && at(option, path, input)
  }
  const [key, ...rest] = path
  if (key === undefined) return here
  const next = shape ? shape[String(key)] : element
  return next && at(next, rest, (input as Record<PropertyKey, unknown> | undefined)?.[key])
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  const found = at(schema, path, input)
  return Object.keys((found && inside(found).shape) ?? {})
}

function namesAt(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  const found = at(schema, path, input)
  return ((found && inside(found).options) ?? []).map((option) => String(nameOf(option)))
}
