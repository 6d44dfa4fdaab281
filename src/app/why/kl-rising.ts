/** Why is the KL rising? */
import { metricCurve } from '../curves/curve'
import { fixed, metric } from '../format'
import { advise, change, early, recent, settingOf, type WhyQuestion } from './answer'
import { say } from '../words/say'

const NAMES = ['kl', 'objective/kl']
const LEAST = 0.01

export const klRising: WhyQuestion = {
  name: 'kl-rising',
  beside: NAMES,
  ask({ spec, reports }) {
    const name = NAMES.find((of) => metricCurve(reports, of).length >= 6)
    if (!name) return undefined
    const [first, now] = [early(reports, name)!, recent(reports, name)!]
    if (now < LEAST || now < 2 * first) return undefined
    const [before, after] = [early(reports, 'reward'), recent(reports, 'reward')]
    const paid = before !== undefined && after !== undefined && after - before > 0.05
    const path = name === 'kl' ? 'algorithm.beta' : 'algorithm.kl_coef'
    const weight = Number(settingOf(spec, path) ?? 0)
    const reference = settingOf(spec, 'algorithm.reference') === 'start' ? say`the adapter at the start` : say`the bare model`
    return {
      question: say`Why is the KL rising?`,
      answer: [
        say`${change(first, now)} since the beginning. The KL is the distance of the policy from ${reference}${name === 'kl'
          ? say`, a token` : say`, a completion`}: whoever learns moves away from where they started, so a rise alone is no fault.`,
        paid
          ? say`It was paid for: the reward went ${change(before, after, fixed)} meanwhile. What the leash costs now is ${metric(weight)} ×
            ${metric(now)} = ${metric(weight * now)}.`
          : say`But the reward did not rise with it (${before === undefined ? say`none is known`
            : change(before, after!, fixed)}): the policy drifts without getting better. The leash weighs ${metric(weight)} ×
              ${metric(now)} = ${metric(weight * now)}, less than it should.`,
      ],
      settings: advise(spec, [
        [path, (now) => (now === 0 ? '0.04' : String(Number((2 * now).toPrecision(2)))), paid
          ? say`A stronger leash would hold it nearer, and may cost reward.` : say`A stronger leash holds it nearer.`],
        ['algorithm.learning_rate', (now) => `${Number((now / 2).toPrecision(2))}`, say`Smaller steps drift less for the same lesson.`],
      ]),
    }
  },
}
