/** Why could completions not be graded? */
import { countsErrors } from '../../graders/failures'
import { advise, type WhyQuestion } from './answer'
import { say } from '../words/say'

export const ungraded: WhyQuestion = {
  name: 'ungraded',
  beside: [],
  ask({ spec, reports }) {
    const last = reports.at(-1)
    if (last?.trouble === undefined) return undefined
    const failed = Object.entries(last.metrics).reduce((sum, [name, count]) => sum + (countsErrors(name) ? count : 0), 0)
    const kinds = Object.entries(last.metrics)
      .filter(([name]) => name.startsWith('graders/') && !countsErrors(name))
      .map(([name, count]) => `${name.split('/').slice(1).join(' ')} ${count}`)
    const graded = last.groups.reduce((sum, { completions }) => sum + completions.length, 0)
    return {
      question: say`Why could completions not be graded?`,
      answer: [
        say`In step ${last.step} a grader failed ${failed} times${graded > 0 ? say` on ${graded} completions`
          : ''}; each failure counts as 0 and teaches the model to avoid whatever it wrote. The last: ${last.trouble}`,
        ...(kinds.length > 0 ? [say`Of which: ${kinds.join(', ')}.`] : []),
      ],
      settings: advise(spec, [['graders', () => say`look at its settings`, say`A longer limit, or a grader that accepts more.`]]),
      alert: say`${failed} completions of this step could not be graded and got 0. The last of them: ${last.trouble}`,
    }
  },
}
