/** string_check: 1 or 0. like and ilike: whether the input contains the reference, ilike whatever the case. */
import type { StringCheck } from './schema'
import type { Score } from './score'
import { template } from './template'

const OPERATIONS: Record<StringCheck['operation'], (input: string, reference: string) => boolean> = {
  eq: (input, reference) => input === reference,
  ne: (input, reference) => input !== reference,
  like: (input, reference) => input.includes(reference),
  ilike: (input, reference) => input.toLowerCase().includes(reference.toLowerCase()),
}

export function stringCheckScore(grader: StringCheck, path: PropertyKey[]): Score {
  const input = template(grader.input, [...path, 'input'])
  const reference = template(grader.reference, [...path, 'reference'])
  const holds = OPERATIONS[grader.operation]
  return (view) => Number(holds(input(view), reference(view)))
}
