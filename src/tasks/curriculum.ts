/**
 * A curriculum by success rate, as reasoning-gym has it: a ladder of tasks, the easiest first. After so many groups on a level their mean success
 * decides: from `raise` on the next level, down to `lower` the one before, else another round of groups here. Where it stands is three
 * numbers that change only by `observe`, so a run that saves them goes on exactly.
 */
import type { Example, Task } from './task'

export interface CurriculumRule {
  /** Groups of one level after which is decided. */
  groups: number
  /** Mean success from which the next level comes, and to which the one before does; 0 … 1. */
  raise: number
  lower: number
}

export interface Standing extends Readonly<Record<string, number>> {
  /** 0 is the easiest. */
  level: number
  /** Groups on this level since the last decision, and the sum of their successes. */
  groups: number
  success: number
}

export interface Curriculum {
  /** Training examples of the level that it stands on; test examples of the hardest. */
  task: Task
  readonly standing: Standing
  /** Takes the successes (shares of right completions, 0 … 1) of a step's groups, in their order. */
  observe(successes: readonly number[]): void
}

/** Sums of shares are exact to less than this. */
const TIE = 1e-9

/** @param from where an earlier run stood */
export function curriculum(levels: Task[], rule: CurriculumRule, from: Standing = { level: 0, groups: 0, success: 0 }): Curriculum {
  if (levels.length === 0) throw new Error('a curriculum has no levels; name at least one task')
  if (rule.lower >= rule.raise) throw new Error(`a curriculum lowers at ${rule.lower} and raises at ${rule.raise}; make the first the smaller one`)
  if (from.level >= levels.length) throw new Error(`a curriculum stood on level ${from.level + 1} and has ${levels.length}; give it its levels again`)
  let standing = from
  const owners = new WeakMap<Example, Task>() // a prompt is asked for by the task that its example came from
  const ownerOf = (example: Example) => owners.get(example) ?? levels[standing.level]!
  const hardest = levels.at(-1)!

  const task: Task = {
    ...hardest,
    example(split, i, seed) {
      const owner = split === 'test' ? hardest : levels[standing.level]!
      const example = owner.example(split, i, seed)
      owners.set(example, owner)
      return example
    },
    prompt: (example) => ownerOf(example).prompt(example),
    solution: (example) => ownerOf(example).solution(example),
    level: (example) => ownerOf(example).level?.(example) ?? `level ${levels.indexOf(ownerOf(example)) + 1}`,
  }

  return {
    task,
    get standing() {
      return standing
    },
    observe(successes) {
      for (const success of successes) {
        standing = { ...standing, groups: standing.groups + 1, success: standing.success + success }
        if (standing.groups < rule.groups) continue
        const mean = standing.success / standing.groups
        const step = mean >= rule.raise - TIE ? 1 : mean <= rule.lower + TIE ? -1 : 0
        standing = { level: Math.min(Math.max(standing.level + step, 0), levels.length - 1), groups: 0, success: 0 }
      }
    },
  }
}
