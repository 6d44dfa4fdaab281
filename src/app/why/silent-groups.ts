/** Why are groups silent? Of a step: how many, which way, and how often groups of this size would be. */
import { fixed, percent } from '../format'
import { inWords } from '../group/ranking'
import { lastGroups, type WhyQuestion } from './answer'
import { allGood, bestReward, isSilent, rewardsOf, silentChance, speakUp } from './silence'
import { say } from '../words/say'

const RECENT = 3

export const silentGroups: WhyQuestion = {
  name: 'silent-groups',
  beside: ['frac_reward_zero_std'],
  ask({ spec, reports }) {
    const report = lastGroups(reports)
    if (!report) return undefined
    const silent = report.groups.filter(isSilent)
    const told = reports.filter(({ metrics }) => metrics.frac_reward_zero_std !== undefined).slice(-RECENT)
    const share = told.at(-1)?.metrics.frac_reward_zero_std
    if (share === undefined || (silent.length === 0 && share === 0)) return undefined
    const good = silent.filter((group) => allGood(spec, group)).length
    const bad = silent.length - good
    const which = silent.length === 0
      ? say`The rewards of the whole step are equal.`
      : (silent.length === 1
          ? say`In step ${report.step} ${inWords(silent.length)} of ${inWords(report.groups.length)} groups is silent: `
          : say`In step ${report.step} ${inWords(silent.length)} of ${inWords(report.groups.length)} groups are silent: `) +
        [good > 0 && say`${inWords(good)} with all attempts good`, bad > 0 && say`${inWords(bad)} with all attempts bad`]
          .filter(Boolean).join(', ') + '.'
    const all = report.groups.flatMap(rewardsOf)
    const best = Math.max(...all)
    const p = all.filter((reward) => reward === best).length / all.length
    const n = report.groups[0]!.completions.length
    const binary = new Set(all).size <= 2 && p > 0 && p < 1
    const whole = told.length === RECENT && told.every(({ metrics }) => metrics.frac_reward_zero_std === 1)
    const easy = good > bad || (silent.length === 0 && all[0]! > bestReward(spec) / 2)
    return {
      question: silent.length === 1 ? say`Why is a group silent?` : say`Why are groups silent?`,
      answer: [
        say`A group is silent when all of its completions earned the same: none is better than the group’s mean, every advantage is 0, and
          the question teaches nothing in this step. ${which}`,
        ...(binary
          ? [
              say`${percent(p)} of the step’s attempts earned ${fixed(best)}. At that rate a group of ${n} is silent by chance
                ${percent(silentChance(p, n))} of the time; one of ${2 * n}, ${percent(silentChance(p, 2 * n))}.`,
            ]
          : []),
        easy ? say`Silent because good: the task has become easy for the model.` : say`Silent because bad: the task is still hard for the
          model, and no attempt shows it the way.`,
      ],
      settings: speakUp(spec, !easy),
      ...(whole && {
        alert: easy
          ? say`Every answer is right, so no group has anything left to teach: make the task harder, or stop here.`
          : say`No group has both better and worse answers, so there is nothing to learn from: make the task easier, or sample more
            completions.`,
      }),
    }
  },
}
