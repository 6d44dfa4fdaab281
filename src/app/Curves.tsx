/** The middle column: reward and held-out accuracy, the small charts, and a notice where a run has stopped learning. */
import { lazy, Suspense } from 'react'
import { useSelect } from './context'
import { learningCurve } from './curve'
import { read } from './draft'
import { describeLearning } from './learning'
import { notice } from './notices'
import { panelsOf } from './panels'
import { SmallChart } from './SmallChart'

const RewardChart = lazy(() => import('./RewardChart').then((module) => ({ default: module.RewardChart })))

export function Curves() {
  const reports = useSelect((page) => page.reports)
  const evaluations = useSelect((page) => page.evaluations)
  const draft = useSelect((page) => page.draft)
  const idle = useSelect((page) => page.state === 'idle')
  const method = read(draft, 'algorithm.name')
  const steps = Number(read(draft, 'steps') ?? 1)
  const warning = notice(reports)
  const points = learningCurve(reports, evaluations)
  return (
    <section className="curves" aria-labelledby="curves">
      <h2 id="curves">{method === 'sft' ? 'Held-out accuracy' : 'Reward and held-out accuracy'}</h2>
      <figure className="chart" aria-label={describeLearning(reports, evaluations)}>
        <Suspense fallback={null}>
          <RewardChart points={points} steps={steps} evaluation={evaluations.at(-1)} />
        </Suspense>
        {idle && <p className="empty">{emptyWords(method)}</p>}
      </figure>
      {warning && <p className="note" role="alert"><b>Look here:</b> {warning}</p>}
      <div className="smalls">
        {panelsOf(method, read(draft, 'algorithm.beta')).map((panel) =>
          <SmallChart key={panel.metric} panel={panel} reports={reports} steps={steps} />)}
      </div>
    </section>
  )
}

function emptyWords(method: unknown): string {
  return method === 'sft'
    ? 'Press play: the model reads solutions, and what it learned is measured on problems that it never saw.'
    : 'Press play: the model answers each question several times, better answers are reinforced, and the curve grows here.'
}
