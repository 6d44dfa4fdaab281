/** Why did the reward fall? The last steps against the best stretch of the run, and what changed with them. */
import { deviation, mean } from '../../rl/math/statistics'
import type { StepReport } from '../../rl/report'
import { metricCurve } from '../curves/curve'
import { fixed, metric, percent } from '../format'
import { advise, change, settingOf, type WhyQuestion } from './answer'
import { later, say } from '../words/say'

/** A fall below this is not worth a question. */
const LEAST = 0.08

const SIGNS: [metric: string, name: string, write: (value: number) => string, worth: number][] = [
  ['entropy', later`entropy`, metric, 0.3],
  ['kl', later`KL to the reference`, metric, 0.5],
  ['objective/kl', later`KL to the reference`, metric, 0.5],
  ['completions/mean_length', later`mean length`, metric, 0.25],
  ['completions/clipped_ratio', later`cut completions`, percent, 0.25],
  ['grad_norm', later`gradient norm`, metric, 0.5],
]

export const rewardFell: WhyQuestion = {
  name: 'reward-fell',
  beside: ['reward'],
  ask({ spec, reports }) {
    const curve = metricCurve(reports, 'reward')
    const width = Math.max(3, Math.round(curve.length / 10))
    if (curve.length < 3 * width) return undefined
    const windows = Array.from({ length: curve.length - 2 * width + 1 }, (_, i) => curve.slice(i, i + width))
    const meanOf = (of: typeof curve): number => mean(of.map(({ value }) => value))
    const best = windows.reduce((top, of) => (meanOf(of) > meanOf(top) ? of : top))
    const now = curve.slice(-width)
    const fall = meanOf(best) - meanOf(now)
    const noise = Math.hypot(deviation(best.map(({ value }) => value)), deviation(now.map(({ value }) => value))) / Math.sqrt(width)
    if (fall < LEAST || fall < 2 * noise) return undefined
    const [from, to] = [best[0]!.step, now[0]!.step]
    const signs = SIGNS.flatMap(([name, words, write, worth]) => {
      const [before, after] = [at(reports, name, from, width), at(reports, name, to, width)]
      if (before === undefined || after === undefined) return []
      return Math.abs(after - before) > worth * Math.max(Math.abs(before), 1e-9) ? [`${say.of(words)} ${change(before, after, write)}`] : []
    })
    const level = [at(reports, 'curriculum/level', from, width), at(reports, 'curriculum/level', to, width)]
    const rose = level[0] !== undefined && level[1] !== undefined && level[1] > level[0]
    const loose = settingOf(spec, 'algorithm.beta') === 0
    return {
      question: say`Why did the reward fall?`,
      answer: [
        say`Over steps ${from} to ${best.at(-1)!.step} it was ${fixed(meanOf(best))} on average, over the last ${width} it is
          ${fixed(meanOf(now))}: ${fixed(fall)} less, more than the ${fixed(noise)} that chance moves such a mean by.`,
        rose
          ? say`The curriculum went on to a harder level in between, so a fall is what it is meant to bring; it should rise again.`
          : signs.length > 0
            ? say`What changed with it: ${signs.join('; ')}. A step that was too large, or many in the same direction, moves the policy to
              where its samples are worse, and its next lessons come from there.`
            : say`Entropy, length and gradient are about what they were: the questions of these steps may be harder, or the policy went too
              far in one direction.`,
        ...(loose && !rose ? [say`Nothing holds the policy near its start in this run: the leash β is 0.`] : []),
      ],
      settings: advise(spec, [
        ['algorithm.learning_rate', (now) => `${Number((now / 3).toPrecision(2))}`,
          say`Smaller steps go wrong more slowly, and come back.`],
        ['algorithm.beta', (now) => (now === 0 ? '0.04'
          : String(Number((2 * now).toPrecision(2)))), say`A leash to the start pulls back what drifts.`],
        ['algorithm.num_iterations', () => '1', say`Fewer updates of the same batch trust old samples less.`],
        ['algorithm.questions', (now) => String(2 * now), say`More questions a step make its direction less of an accident.`],
      ]).filter(({ path, now, try: suggested }) => path !== 'algorithm.num_iterations' || now !== suggested),
    }
  },
}

/** Mean of a metric from step `from` on, over `width` values. */
function at(reports: readonly StepReport[], name: string, from: number, width: number): number | undefined {
  const values = metricCurve(reports, name).filter(({ step }) => step >= from).slice(0, width)
  return values.length === 0 ? undefined : mean(values.map(({ value }) => value))
}
