/** What silent groups have in common, and what would make them speak: shared by the questions of the step and of one group. */
import { createGrader, type WeightedGrader } from '../../graders/index'
import type { GroupRecord } from '../../rl/report'
import { silent as allEqual } from '../../rl/math/rewards'
import type { RunSpec } from '../../runs/spec'
import { advise, type Advice } from './answer'
import { say } from '../words/say'

export const rewardsOf = ({ completions }: GroupRecord): number[] => completions.map(({ reward }) => reward)
export const isSilent = (group: GroupRecord): boolean => allEqual(rewardsOf(group))

/** The best reward that there is: every grader's highest score, by its weight. */
export function bestReward({ graders, algorithm }: RunSpec): number {
  const format = 'format_weight' in algorithm ? algorithm.format_weight : 0
  return graders.reduce((sum, grader) => sum + Math.max(0, grader.weight) * highest(grader), format)
}

function highest(grader: WeightedGrader): number {
  try {
    return createGrader(grader).max ?? 1
  } catch {
    return 1 // one that wants a server to be asked before it is made
  }
}

/** Whether a silent group's completions are all good: they earned more than half of the best reward. */
export const allGood = (spec: RunSpec, group: GroupRecord): boolean => group.completions[0]!.reward > bestReward(spec) / 2

/** How often a group of n is all right or all wrong, where each attempt is right with probability p. */
export const silentChance = (p: number, n: number): number => p ** n + (1 - p) ** n

/** What would make groups differ, for a task that is too hard (`wrong`) or too easy; what helps most comes first. */
export function speakUp(spec: RunSpec, wrong: boolean): Advice[] {
  const own = spec.graders.map(({ name, weight }) => `${name} × ${weight}`).join(', ')
  return [
    ...advise(spec, [
      [
        'task.terms', () => (wrong ? say`fewer` : say`more`),
        wrong ? say`An easier problem is solved now and then, and then there is something to prefer.`
          : say`A harder problem is not always solved, so there is something to learn.`,
      ],
      ['algorithm.num_generations', (now) => String(2 * now), say`More attempts at a question differ more often.`],
      ['algorithm.temperature', (now) => (now * 1.3).toFixed(1), say`Warmer sampling makes the attempts differ.`],
      ['algorithm.max_resamples', (now) => (now > 0 ? String(2 * now)
        : '5'), say`Dynamic sampling: silent groups give way to fresh questions.`],
    ]),
    ...(wrong ? [{ path: 'graders', now: own, try: say`one with more steps`,
      why: say`A score with steps between 0 and 1 tells attempts apart that are all wrong.` }] : []),
  ]
}
