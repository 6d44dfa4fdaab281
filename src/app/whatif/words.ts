/** What an edit would have changed, in a sentence. */
import { fixed } from '../format'
import { inWords } from '../group/ranking'
import type { Outcome } from './outcome'
import { say } from '../words/say'

export function outcomeWords({ groups, silent, meanReward }: Outcome, question: number): string {
  const group = groups[question]!
  const ranks = group.filter(({ before, after }) => before.rank !== after.rank).length
  const turned = group.filter((sample) => sample.turned).length
  const others = groups.flat().filter((sample) => sample.turned).length - turned
  const parts = [
    ranks === 0 ? say`no rank changes` : ranks === group.length ? say`all ${inWords(ranks)} ranks change`
      : say`${inWords(ranks)} of ${inWords(group.length)} ranks change`,
    turned === 0 ? say`every completion is pushed the way it was` : turned === 1
      ? say`${inWords(turned)} completion is pushed another way`
      : say`${inWords(turned)} completions are pushed another way`,
    ...(others > 0 ? [say`${others} more in the step’s other groups`] : []),
  ]
  const silence = silent.before === silent.after
    ? silent.after === 0
      ? say`none of ${inWords(silent.of)} groups silent, as before`
      : say`${inWords(silent.after)} of ${inWords(silent.of)} groups silent, as before`
    : say`silent groups ${silent.before} → ${silent.after} of ${silent.of}`
  return say`${capital(parts.join(', '))}; ${silence}; mean reward of the step ${fixed(meanReward.before)} → ${fixed(meanReward.after)}.`
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1)
