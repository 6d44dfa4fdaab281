/** What silent groups have in common, and what would make them speak: shared by the questions of the step and of one group. */
import type { GroupRecord } from '../../rl/report'
import { silent as allEqual } from '../../rl/math/rewards'
import type { RunSpec } from '../../runs/spec'
import { fixed } from '../format'
import { advise, type Advice } from './answer'

export const rewardsOf = ({ completions }: GroupRecord): number[] => completions.map(({ reward }) => reward)
export const isSilent = (group: GroupRecord): boolean => allEqual(rewardsOf(group))

/** Whether a silent group's completions are all good: they earned more than half of the best reward that the run has seen. */
export function allGood(group: GroupRecord, best: number): boolean {
  return best > 0 && group.completions[0]!.reward > best / 2
}

/** How often a group of n is all right or all wrong, where each attempt is right with probability p. */
export const silentChance = (p: number, n: number): number => p ** n + (1 - p) ** n

/** What would make groups differ, for a task that is too hard (`wrong`) or too easy. */
export function speakUp(spec: RunSpec, wrong: boolean): Advice[] {
  return advise(spec, [
    ['algorithm.num_generations', (now) => String(2 * now), 'More attempts at a question differ more often.'],
    [
      'task.terms', () => (wrong ? 'fewer' : 'more'),
      wrong ? 'An easier problem is solved now and then, and then there is something to prefer.' : 'A harder problem is not always solved, so there is something to learn.',
    ],
    ['algorithm.temperature', (now) => fixed(wrong ? Math.max(1, now * 1.2) : now * 1.3, 1), 'Warmer sampling makes the attempts differ.'],
    ['algorithm.max_resamples', (now) => (now > 0 ? String(2 * now) : '5'), 'Dynamic sampling: silent groups give way to fresh questions.'],
    ['graders', () => 'one with more steps', 'A score with steps between 0 and 1 tells attempts apart that are all wrong.'],
  ]).map((advice) => (advice.path === 'graders' ? { ...advice, now: spec.graders.map(({ name, weight }) => `${name} × ${weight}`).join(', ') } : advice))
}
