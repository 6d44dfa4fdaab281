/** A run of the list in words. */
import type { RunEntry } from '../../runs/library/entry'
import { fixed } from '../format'
import { language, say } from '../words/say'

/** “step 37 of 60” or “60 steps” */
export function stepsOf({ state, step, spec }: Pick<RunEntry, 'state' | 'step' | 'spec'>): string {
  return state === 'done' || step >= spec.steps ? say`${step} steps` : say`step ${step} of ${spec.steps}`
}

/** “today 21:04”, “yesterday 9:30”, “12 Nov”, “12 Nov 2025” */
export function dateOf(then: number, now = Date.now()): string {
  const [date, today] = [new Date(then), new Date(now)]
  const days = Math.round((midnight(today) - midnight(date)) / 86_400_000)
  const time = `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`
  if (days === 0) return say`today ${time}`
  if (days === 1) return say`yesterday ${time}`
  const year = date.getFullYear() === today.getFullYear() ? undefined : ('numeric' as const)
  return date.toLocaleDateString(language() === 'en' ? 'en-GB' : language(), { day: 'numeric', month: 'short', year })
}

/** “reward 0.83, accuracy 0.78” */
export function figuresOf({ reward, accuracy }: Pick<RunEntry, 'reward' | 'accuracy'>): string {
  const parts = [reward === undefined ? [] : say`reward ${fixed(reward)}`, accuracy === undefined ? [] : say`accuracy ${fixed(accuracy)}`]
  return parts.flat().join(', ')
}

/** “today 21:04, SwiftShader, a software adapter” */
export function aboutOf({ created, place }: Pick<RunEntry, 'created' | 'place'>, now?: number): string {
  return [dateOf(created, now), place].filter(Boolean).join(', ')
}

const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
