/** Why is the accuracy flat? Held-out problems now against those before, by their intervals. */
import { fixed, percent, signed } from '../format'
import { advise, early, recent, type WhyQuestion } from './answer'
import { say } from '../words/say'

/** Of the run that must be over before flatness means something. */
const PART = 0.3
const HIGH = 0.9

export const accuracyFlat: WhyQuestion = {
  name: 'accuracy-flat',
  beside: ['accuracy'],
  ask({ spec, reports, evaluations }) {
    const [first, last] = [evaluations[0], evaluations.at(-1)]
    if (evaluations.length < 3 || !first || !last || last.step < PART * spec.steps) return undefined
    const overlap = last.low <= first.high && first.low <= last.high
    if (!overlap || last.accuracy > HIGH) return undefined
    const half = (last.high - last.low) / 2
    const [silent, gradient] = [recent(reports, 'frac_reward_zero_std'), recent(reports, 'grad_norm')]
    const [before, after] = [early(reports, 'reward'), recent(reports, 'reward')]
    const learnt = before !== undefined && after !== undefined ? after - before : undefined
    const reason = ((): string => {
      if (gradient === 0) return say`The gradient has been 0 in the last steps: nothing is being learnt.`
      if (silent !== undefined && silent > 0.6) return say`${percent(silent)} of the last groups are silent: most questions teach nothing.`
      if (learnt !== undefined && learnt > 0.1)
        return say`In training the reward did rise (${signed(learnt)}). What is rewarded there is not what is asked here: compare the
          graders and the task with the evaluation’s.`
      if (learnt !== undefined) return say`The training reward has hardly moved either (${signed(learnt)}): the steps so far are too few or
        too small.`
      return say`The steps so far are too few or too small to be seen in it.`
    })()
    return {
      question: say`Why is the accuracy flat?`,
      answer: [
        say`On ${last.problems} held-out problems it was ${fixed(first.accuracy)} after step ${first.step} and is ${fixed(last.accuracy)}
          after step ${last.step}. Each figure is sure to ±${fixed(half)} only (95 %), so a change of
          ${signed(last.accuracy - first.accuracy)} may be chance.`,
        reason,
      ],
      settings: advise(spec, [
        ['evaluation.problems', (now) => String(4 * now), say`Four times the problems halve the interval to ±${fixed(half / 2)}.`],
        gradient === 0 || (silent !== undefined && silent > 0.6)
          ? ['algorithm.num_generations', (now) => String(2 * now), say`Larger groups are silent less often.`]
          : ['algorithm.learning_rate', (now) => `${Number((3 * now).toPrecision(2))}`,
            say`Larger steps show sooner; too large ones spoil.`],
        ['steps', (now) => String(2 * now), say`A longer run, where the curve has only begun to rise.`],
      ]),
    }
  },
}
