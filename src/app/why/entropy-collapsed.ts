/** Why is there no entropy left? */
import type { GroupRecord } from '../../rl/report'
import { metricCurve } from '../curves/curve'
import { fixed } from '../format'
import { advise, change, early, lastGroups, recent, type WhyQuestion } from './answer'
import { say } from '../words/say'

const LITTLE = 0.05
const SHARE = 0.2

/** Whether all attempts of a group are the same text. */
const alike = ({ completions: [first, ...others] }: GroupRecord): boolean =>
  others.length > 0 && others.every(({ text }) => text === first!.text)

export const entropyCollapsed: WhyQuestion = {
  name: 'entropy-collapsed',
  beside: ['entropy'],
  ask({ spec, reports }) {
    if (metricCurve(reports, 'entropy').length < 4 || spec.algorithm.name === 'sft') return undefined
    const [first, now] = [early(reports, 'entropy')!, recent(reports, 'entropy')!]
    if (now > LITTLE || now > SHARE * first) return undefined
    const reward = recent(reports, 'reward')
    const groups = lastGroups(reports)?.groups ?? []
    const same = groups.filter(alike).length
    const best = groups.flatMap(({ completions }) => completions.map((completion) => completion.reward)).reduce((a, b) => Math.max(a, b), 0)
    const mastered = reward !== undefined && best > 0 && reward > 0.9 * best
    return {
      question: say`Why is no entropy left?`,
      answer: [
        say`${change(first, now)} nats a token: the policy is nearly certain of every token it writes. ` +
          (groups.length > 0 ? say`In ${same} of the last step’s ${groups.length} groups all attempts are the same text.` : ''),
        mastered
          ? say`Its rewards are good (${fixed(reward)}), so this is what mastery looks like: there is little left to try, and little left to
            learn.`
          : say`But its rewards are not good yet${reward === undefined ? '' : ` (${fixed(reward)})`}: it has settled on a way before it
            found the best, and what it never samples it cannot learn. Advantages make likely tokens likelier; nothing in this loss asks it
            to go on exploring.`,
      ],
      settings: advise(spec, [
        ['algorithm.temperature', (now) => (now * 1.2).toFixed(1), say`Warmer sampling tries more.`],
        ['algorithm.entropy_coef', (now) => (now > 0 ? String(2 * now) : '0.01'), say`A bonus pays for open choices.`],
        ['algorithm.epsilon_high', () => '0.28', say`Rare tokens may rise further before they are clipped (DAPO).`, say`as epsilon`],
        ['algorithm.learning_rate', (now) => `${Number((now / 2).toPrecision(2))}`, say`Smaller steps close the choice more slowly.`],
      ]).filter(({ path }) => path !== 'algorithm.epsilon_high' || 'epsilon' in spec.algorithm),
    }
  },
}
