/** One small chart: name, last value, a thin line over the steps; saved and read as the large ones are. */
import { lazy, Suspense, useId } from 'react'
import type { StepReport } from '../../rl/report'
import { describeCurve, metricCurve, metricPoints } from './curve'
import type { Panel } from './panels'
import type { Asked } from '../why/questions'
import { ChartMenu } from '../runs/ChartMenu'
import { Why } from '../why/Why'

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
  return (
    <figure className="small" aria-labelledby={label}>
      <div className="small-head">
        <span id={label}>{panel.label}</span>
        <span>
          <b data-testid={panel.metric} data-none={!last || undefined}>{last ? panel.write(last.value) : '–'}</b>
          {why ? <Why {...why} /> : panel.what && <Why {...panel.what}>what?</Why>}
        </span>
      </div>
      <div className="small-line" role="img" aria-label={describeCurve(panel.label, curve, panel.write)}>
        <Suspense fallback={null}>
          {last && <SmallLine curve={curve} steps={steps} domain={panel.domain} write={panel.write} />}
        </Suspense>
      </div>
      {last && <ChartMenu title={panel.label} figures={() => ({ header: ['step', panel.metric], rows: metricPoints(reports, panel.metric).map(({ x, y }) => [x, y]) })} />}
    </figure>
  )
}
