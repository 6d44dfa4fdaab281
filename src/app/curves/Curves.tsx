/** The middle column: reward and held-out accuracy, the small charts, and a notice where a run has stopped learning. */
import { lazy, Suspense, useMemo, useState } from 'react'
import { axesOf, type Axis } from './axis'
import { AxisChooser } from './AxisChooser'
import { useSelect, useSettings } from '../context'
import { learningCurve, movesOn } from './curve'
import { read } from '../draft'
import { describeLearning } from './learning'
import { panelsOf } from './panels'
import { SmallChart } from './SmallChart'
import { askAll, type Asked } from '../why/questions'
import { Why } from '../why/Why'
import type { StepReport } from '../../rl/report'
import { say } from '../words/say'

const RewardChart = lazy(() => import('./RewardChart').then((module) => ({ default: module.RewardChart })))

export function Curves() {
  const reports = useSelect((page) => page.reports)
  const evaluations = useSelect((page) => page.evaluations)
  const moves = useSelect((page) => page.moves)
  const draft = useSettings()
  const idle = useSelect((page) => page.state === 'idle')
  const [wanted, setAxis] = useState<Axis>('steps')
  const method = read(draft, 'algorithm.name')
  const axes = axesOf(method)
  const axis = axes.includes(wanted) ? wanted : 'steps'
  const steps = Number(read(draft, 'steps') ?? 1)
  const spec = useSelect((page) => page.spec)
  const asked = useMemo(() => (spec ? askAll({ spec, reports, evaluations }) : []), [spec, reports, evaluations])
  const pressing = asked.find(({ alert }) => alert !== undefined)
  const points = learningCurve(reports, evaluations, axis)
  return (
    <section className="curves" aria-labelledby="curves">
      <div className="group-head">
        <h2 id="curves">{method === 'sft' ? say`Held-out accuracy` : say`Reward and held-out accuracy`}</h2>
        <AxisChooser label={say`Drawn over`} axes={axes} axis={axis} choose={setAxis} />
      </div>
      <figure className="chart" aria-label={describeLearning(reports, evaluations)}>
        {idle && points.length === 0 && <div className="blank" aria-hidden="true"><i /><i /><i /></div>}
        <Suspense fallback={null}>
          {(!idle || points.length > 0) &&
            <RewardChart points={points} axis={axis} moves={movesOn(axis, moves, reports, evaluations)} step={reports.at(-1)?.step ?? 0} steps={steps} evaluation={evaluations.at(-1)} />}
        </Suspense>
        {idle && <p className="empty">{emptyWords(method)}</p>}
      </figure>
      <Questions asked={asked} />
      {pressing && <p className="note" role="alert"><b>{say`Look here:`}</b> {pressing.alert} <Why {...pressing} /></p>}
      <div className="smalls">
        {panelsOf((read(draft, 'algorithm') ?? {}) as object, reported(reports)).map((panel) => (
          <SmallChart key={panel.metric} panel={panel} reports={reports} steps={steps}
            why={asked.find(({ beside }) => beside.includes(panel.metric))} />
        ))}
      </div>
    </section>
  )
}

/** All that the last steps have told; what is told once in a batch is not forgotten at the next step. */
function reported(reports: readonly StepReport[]): Record<string, number> {
  return Object.assign({}, ...reports.slice(-8).map(({ metrics }) => metrics)) as Record<string, number>
}

/** What the two large curves raise; the small ones have theirs beside their figures. */
function Questions({ asked }: { asked: readonly Asked[] }) {
  const large = asked.filter(({ beside }) => beside.includes('reward') || beside.includes('accuracy'))
  if (large.length === 0) return null
  return <div className="asked">{large.map((one) => <Why key={one.name} {...one}>{one.question}</Why>)}</div>
}

function emptyWords(method: unknown): string {
  if (method === 'sft') return say`Press play: the model reads solutions, and what it learned is measured on problems that it never saw.`
  if (method === 'motif') {
    return say`Press play: the model thinks in rounds and hands a note from each to the next; first rounds whose notes lead to right answers
      are reinforced, and the curve grows here.`
  }
  return say`Press play: the model answers each question several times, better answers are reinforced, and the curve grows here.`
}
