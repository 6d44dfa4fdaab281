/** How the form differs from the run on the page, in the form's own words. */
import { parseSpec, type RunSpec } from '../../runs/spec'
import { leavesOf, toDraft, type Draft } from '../draft'
import { MAIN, MORE } from './fields'
import { say } from '../words/say'

export interface Change {
  path: string
  /** The form's name of it, else its path. */
  label: string
  from: string
  to: string
}

const LABELS = new Map([...Object.values(MAIN), ...Object.values(MORE)].flat(2).map(({ path, label }) => [path, label]))

/** Undefined where the form is wrong: then nothing can be said. */
export function changesOf(spec: RunSpec, draft: Draft): Change[] | undefined {
  try {
    const before = leaves(toDraft(spec))
    const after = leaves(toDraft(parseSpec(draft)))
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((path) => before.get(path) !== after.get(path))
      .map((path) => ({ path, label: labelOf(path), from: before.get(path) ?? '–', to: after.get(path) ?? '–' }))
  } catch {
    return undefined
  }
}

function labelOf(path: string): string {
  const known = LABELS.get(path)
  return known === undefined ? path.replace(/^algorithm\./, '').replaceAll('_', ' ') : say.of(known)
}

function leaves(draft: Draft): Map<string, string> {
  return new Map([...leavesOf(draft)].map(([path, value]) => [path, typeof value === 'string' ? value : JSON.stringify(value)]))
}
