/** Why is my loss 0? */
import { metric, percent, signed } from '../format'
import { advise, lastGroups, recent, type WhyQuestion } from './answer'
import { say } from '../words/say'

/** Losses whose value is minus a mean of advantages while every ratio is 1. */
const ABOUT_ZERO = new Set<string>(['grpo', 'dapo', 'bnpo', 'dr_grpo', 'luspo', 'sapo', 'rloo'])
const NEAR = 0.05

export const lossZero: WhyQuestion = {
  name: 'loss-zero',
  beside: ['loss'],
  ask({ spec, reports }) {
    const { algorithm } = spec
    const type = algorithm.name === 'rloo' ? 'rloo' : 'loss_type' in algorithm ? algorithm.loss_type : undefined
    const last = reports.at(-1)
    const loss = last?.metrics.loss
    if (!type || !ABOUT_ZERO.has(type) || loss === undefined || Math.abs(loss) > NEAR) return undefined
    const gradient = last!.metrics.grad_norm ?? 0
    const advantages = lastGroups(reports)?.groups.flatMap(({ completions }) => completions.map(({ advantage }) => advantage)) ?? []
    const [up, down] = [advantages.filter((a) => a > 0), advantages.filter((a) => a < 0)]
    const total = (of: number[]): string => signed(of.reduce((a, b) => a + b, 0))
    const sums = up.length === 0 && down.length === 0
      ? say`In this step every advantage is 0: all groups are silent, nothing is pushed either way.`
      : say`${up.length} of its ${advantages.length} completions are pushed towards (advantages together ${total(up)}) and ${down.length}
        away (${total(down)}): the two sides cancel.`
    return {
      question: say`Why is my loss 0?`,
      answer: [
        say`The loss of step ${last!.step} is ${metric(loss)}. At the first update of a batch the ratio between the new and the old policy
          is exactly 1, so the loss is minus the mean of the advantages, and within each group these sum to nothing. ${sums} ` +
          (type === 'grpo' || type === 'rloo' || type === 'sapo'
            ? say`Completions weigh the same here, so what is left is rounding.`
            : say`It strays a little from 0 because long completions weigh more than short ones.`),
        gradient > 0
          ? say`Its slope is not 0: the gradient’s norm is ${metric(gradient)}. Each token is pulled by its own advantage. Point at a token
            of the group to see its pull; worry when the gradient is 0, not when the loss is.`
          : say`Here the gradient’s norm is 0 as well, so nothing is learnt in this step: look at the silent groups.`,
      ],
      settings: gradient > 0
        ? advise(spec, [['algorithm.num_iterations', (now) => String(Math.max(2, now + 1)),
          say`From the second update on ratios leave 1, and the loss says something.`]])
        : advise(spec, [['algorithm.num_generations', (now) => String(2 * now), say`Larger groups are silent less often;
          ${silentShare(recent(reports, 'frac_reward_zero_std', 1))}`]]),
    }
  },
}

function silentShare(share: number | undefined): string {
  return share === undefined ? say`none are compared now.` : say`now ${percent(share)} of them are.`
}
