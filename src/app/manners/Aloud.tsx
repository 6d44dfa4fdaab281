/** The run in words for who listens to the page: at its start and end, at each evaluation, and every tenth step. */
import { useSelect } from '../context'
import { fixed } from '../format'
import { STATES, stepOf } from '../head/status'
import { say } from '../words/say'

const EVERY = 10

export function Aloud() {
  const state = useSelect((page) => page.state)
  const steps = useSelect((page) => page.spec?.steps)
  const tenth = useSelect((page) => Math.floor(stepOf(page) / EVERY) * EVERY)
  const reward = useSelect((page) => page.reports.find(({ step }) => step === Math.floor(stepOf(page) / EVERY) * EVERY)?.metrics.reward)
  const accuracy = useSelect((page) => page.evaluations.at(-1)?.accuracy)
  const parts = [
    state === 'idle' ? '' : say`Run ${say.of(STATES[state])}`,
    tenth > 0 && steps !== undefined ? say`step ${tenth} of ${steps}` : '',
    reward === undefined ? '' : say`reward ${fixed(reward)}`,
    accuracy === undefined ? '' : say`held-out accuracy ${fixed(accuracy)}`,
  ]
  return <p className="hidden" aria-live="polite">{parts.filter((part) => part !== '').join(', ')}</p>
}
