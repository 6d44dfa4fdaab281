/** Why are completions cut? */
import { mean } from '../../rl/math/statistics'
import { fixed, metric, percent } from '../format'
import { advise, early, lastGroups, recent, settingOf, type WhyQuestion } from './answer'
import { say } from '../words/say'

const SURPRISING = 0.1

export const completionsCut: WhyQuestion = {
  name: 'completions-cut',
  beside: ['completions/clipped_ratio'],
  ask({ spec, reports }) {
    const cut = recent(reports, 'completions/clipped_ratio')
    if (cut === undefined || cut < SURPRISING) return undefined
    const limit = Number(settingOf(spec, 'algorithm.max_completion_length'))
    const ended = recent(reports, 'completions/mean_terminated_length')
    const [first, now] = [early(reports, 'completions/mean_length'), recent(reports, 'completions/mean_length')]
    const all = lastGroups(reports)?.groups.flatMap(({ completions }) => completions) ?? []
    const earned = (finish: 'stop' | 'length'): number | undefined => {
      const of = all.filter((completion) => completion.finish === finish).map(({ reward }) => reward)
      return of.length === 0 ? undefined : mean(of)
    }
    const [whole, short] = [earned('stop'), earned('length')]
    const longer = first !== undefined && now !== undefined && now > 1.25 * first
    const starved = cut > 0.5 && (recent(reports, 'reward') ?? 1) < 0.05
    return {
      question: say`Why are completions cut?`,
      answer: [
        say`${percent(cut)} of the last completions reached the limit of ${limit} tokens before the model ended them. ` +
          (ended === undefined ? say`None has ended by itself.`
            : say`Those that end by themselves take ${metric(ended)} tokens on average.`),
        ...(whole !== undefined && short !== undefined
          ? [say`In the last step those that ended earned ${fixed(whole)} on average, those that were cut ${fixed(short)}: what stands after
            the limit nobody has read.`]
          : []),
        ...(longer ? [say`They have grown: ${metric(first)} → ${metric(now)} tokens since the beginning. Something rewards length, or
          nothing rewards an end.`] : []),
      ],
      settings: advise(spec, [
        ['algorithm.max_completion_length', (now) => String(2 * now), say`Room to finish; it costs memory and time.`],
        ['algorithm.mask_truncated_completions', () => 'true', say`Cut completions stay out of the loss, neither praised nor blamed.`],
        ['algorithm.overlong_cache_length', (now) => (now > 0 ? String(2 * now)
          : String(Math.round(limit / 5))), say`A penalty that grows toward the limit teaches it to end.`],
      ]).filter(({ now, try: suggested }) => now !== suggested),
      ...(starved && { alert: say`${percent(cut)} of the completions are cut off before they answer: raise the completion length under “more
        settings”.` }),
    }
  },
}
