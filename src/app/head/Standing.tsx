/** Where the run stands: its state in words, step N of M, tokens, time left; and the same as a line across the page. */
import { useShallow } from 'zustand/react/shallow'
import { useSelect } from '../context'
import { read } from '../draft'
import { count, duration } from '../format'
import { statusOf, stepOf, type Status } from './status'
import { tokensOf } from './tokens'
import { say } from '../words/say'
import { tell } from '../words/tell'

function useSteps(): number {
  return useSelect((page) => page.spec?.steps ?? Number(read(page.draft, 'steps') ?? 0))
}

function useStatus(): Status {
  const steps = useSteps()
  return useSelect(useShallow((page) => statusOf({ ...page, steps })))
}

export function Standing() {
  const { words } = useStatus()
  const steps = useSteps()
  const step = useSelect(stepOf)
  const tokens = useSelect((page) => tokensOf(page.reports))
  const left = useSelect((page) => page.secondsLeft)
  const state = useSelect((page) => page.state)
  return (
    <div className="standing">
      <span className="state" data-state={state} role="status">{words}</span>
      <span className="figure">{tell`step ${<b data-testid="step">{step}</b>} of ${steps}`}</span>
      <span className="figure">{tell`${<b data-testid="tokens">{count(tokens)}</b>} tokens`}</span>
      {state === 'running' && left !== undefined && <span className="figure">{tell`${<b>{duration(left)}</b>} left`}</span>}
    </div>
  )
}

export function ProgressLine() {
  const { fraction, words } = useStatus()
  return (
    <div className="progress" role="progressbar" aria-label={say`Progress`} aria-valuemin={0} aria-valuemax={100}
      aria-valuenow={Math.round(100 * fraction)} aria-valuetext={words}>
      <i style={{ transform: `scaleX(${fraction})` }} />
    </div>
  )
}
