/**
 * Fields from a table entry's own settings: whatever an algorithm, a task or a grader asks for appears in the form, with the words
 * that its schema describes it by. Fields that fields.ts knows better are left to it.
 */
import { z } from 'zod'
import type { Field } from './fields'

interface Property {
  type?: string
  description?: string
  default?: unknown
  enum?: string[]
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
}

const known = new WeakMap<z.ZodObject, Record<string, Property>>()

/** Read once for each schema: a form asks at every keystroke. */
function propertiesOf(settings: z.ZodObject): Record<string, Property> {
  let found = known.get(settings)
  if (!found) {
    const { properties = {} } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, Property> }
    known.set(settings, (found = properties))
  }
  return found
}

/** Rates and the like are typed as 1e-3. */
const SMALL = 0.01

/** @param prefix where the settings stand in the spec, such as “algorithm”; `given` are paths that have a field already */
export function fieldsOf(settings: z.ZodObject | undefined, prefix: string, given: readonly string[] = []): Field[] {
  if (!settings) return []
  return Object.entries(propertiesOf(settings))
    .filter(([name]) => !given.some((path) => path === `${prefix}.${name}` || path.startsWith(`${prefix}.${name}.`)))
    .map(([name, property]) => fieldOf(`${prefix}.${name}`, name, property))
}

function fieldOf(path: string, name: string, { type, description, default: preset, enum: values, ...bounds }: Property): Field {
  const words = name.replaceAll('_', ' ')
  const label = words[0]!.toUpperCase() + words.slice(1)
  const common = { path, label, ...(description !== undefined && { hint: description[0]!.toUpperCase() + description.slice(1) + '.' }) }
  if (values) return { ...common, kind: 'choice', options: values.map((value) => ({ value, label: value })) }
  if (type === 'boolean') return { ...common, kind: 'switch' }
  if (type === 'string') return { ...common, kind: 'text', ...(typeof preset === 'string' && { placeholder: preset }) }
  if (type !== 'number' && type !== 'integer') return { ...common, kind: 'json' }
  if (typeof preset === 'number' && preset > 0 && preset < SMALL) return { ...common, kind: 'scientific' }
  const least = bounds.minimum ?? bounds.exclusiveMinimum
  return {
    ...common,
    kind: 'number',
    ...(type === 'integer' ? { integer: true } : { step: 0.1 }),
    ...(least !== undefined && least > -1e9 && { min: least }),
    ...(bounds.maximum !== undefined && bounds.maximum < 1e9 && { max: bounds.maximum }),
    ...(typeof preset === 'number' && { placeholder: String(preset) }),
  }
}

/** In rows of two, what needs its width alone. */
export function inRows(fields: Field[]): Field[][] {
  const rows: Field[][] = []
  for (const field of fields) {
    const last = rows.at(-1)
    const narrow = field.kind === 'number' || field.kind === 'scientific'
    if (last?.length === 1 && narrow && (last[0]!.kind === 'number' || last[0]!.kind === 'scientific')) last.push(field)
    else rows.push([field])
  }
  return rows
}
