/** One small chart: name, last value, a thin line over the steps; saved and read as the large ones are. */
import { lazy, Suspense, useId } from 'react'
import type { StepReport } from '../../rl/report'
import { describeCurve, metricCurve, metricPoints } from './curve'
import type { Panel } from './panels'
import type { Asked } from '../why/questions'
import { ChartMenu } from '../runs/ChartMenu'
import { Why } from '../why/Why'
import { later, say } from '../words/say'

const SmallLine = lazy(() => import('./SmallLine').then((module) => ({ default: module.SmallLine })))

export function SmallChart({ panel, reports, steps, why }: {
  panel: Panel
  reports: readonly StepReport[]
  steps: number
  /** What the figure raises now. */
  why?: Asked | undefined
}) {
  const label = useId()
  const curve = metricCurve(reports, panel.metric)
  const last = curve.at(-1)
  const name = say.of(panel.label)
  const what = panel.what && { question: say.of(panel.what.question), answer: panel.what.answer.map(say.of) }
  return (
    <figure className="small" aria-labelledby={label}>
      <div className="small-head">
        <span id={label}>{name}</span>
        <span>
          <b data-testid={panel.metric} data-none={!last || undefined}>{last ? panel.write(last.value) : '–'}</b>
          {why ? <Why {...why} /> : what && <Why {...what}>{say`what?`}</Why>}
        </span>
      </div>
      <div className="small-line" role="img" aria-label={describeCurve(name, curve, panel.write)}>
        <Suspense fallback={null}>
          {last && <SmallLine curve={curve} steps={steps} domain={panel.domain} write={panel.write} />}
        </Suspense>
      </div>
      {last && <ChartMenu title={name}
        figures={() => ({ header: [later`step`, panel.metric], rows: metricPoints(reports, panel.metric).map(({ x, y }) => [x, y]) })} />}
    </figure>
  )
}
