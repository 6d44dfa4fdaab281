/** Why is the gradient 0? */
import { inWords } from '../group/ranking'
import { lastGroups, settingOf, type WhyQuestion } from './answer'
import { isSilent, speakUp } from './silence'
import { say } from '../words/say'

const RECENT = 3

export const gradientZero: WhyQuestion = {
  name: 'gradient-zero',
  beside: ['grad_norm'],
  ask({ spec, reports }) {
    const last = reports.at(-1)
    if (last?.metrics.grad_norm !== 0) return undefined
    const groups = lastGroups(reports)?.groups ?? []
    const silent = groups.filter(isSilent).length
    const counts = last.tokens?.counts ?? []
    const out = counts.filter((is) => !is).length
    const zeros = reports.slice(-RECENT).filter(({ metrics }) => metrics.grad_norm === 0).length
    const masked = settingOf(spec, 'algorithm.mask_truncated_completions') === true && out > 0
    const reason = silent === groups.length && groups.length > 0
      ? groups.length === 1
        ? say`All attempts of its one group are silent: every advantage is 0, so every slope is.`
        : say`All ${inWords(groups.length)} groups of the step are silent: every advantage is 0, so every slope is.`
      : masked
        ? say`${out} of ${counts.length} completions were cut off and are left out of the loss; of the others none has an advantage.`
        : say`${silent} of ${groups.length} groups are silent; in the others the loss’s bounds leave no token a slope.`
    return {
      question: say`Why is the gradient 0?`,
      answer: [say`The gradient’s norm in step ${last.step} is exactly 0: the model was not changed. ${reason}`],
      settings: speakUp(spec, true),
      ...(zeros === RECENT && { alert: say`The gradient has been exactly zero for three steps: the model is not being changed. Look at the
        silent groups.` }),
    }
  },
}
