/** The curves' names and last values, written beside their ends; they move apart where they would touch. */
import { useXAxisScale, useYAxisScale } from 'recharts'
import type { Evaluation } from '../../rl/report'
import type { Point } from './curve'
import { fixed } from '../format'
import { say } from '../words/say'

const HEIGHT = 32
/** Of a label's first line. */
const HIGHEST = 14

export function EndLabels({ points, evaluation }: { points: Point[]; evaluation?: Evaluation }) {
  const x = useXAxisScale()
  const y = useYAxisScale()
  const last = points.at(-1)
  if (!x || !y || !last) return null
  const left = (x(last.x) ?? 0) + 9
  const reward = points.findLast((point) => point.smooth !== undefined)?.smooth
  const labels = within(apart([
    ...(reward === undefined ? [] : [{ name: say`reward`, value: fixed(reward), colour: 'var(--up)', at: y(reward) ?? 0 }]),
    ...(evaluation
      ? [{
          name: say`accuracy`,
          value: `${fixed(evaluation.accuracy)} ± ${fixed((evaluation.high - evaluation.low) / 2)}`,
          colour: 'var(--held)',
          at: y(evaluation.accuracy) ?? 0,
        }]
      : []),
  ]))
  return (
    <g aria-hidden="true">
      {labels.map(({ name, value, colour, at }) => (
        <text key={name} x={left} y={at} fill={colour} className="end-label">
          <tspan x={left} dy="-0.2em">{name}</tspan>
          <tspan x={left} dy="1.2em">{value}</tspan>
        </text>
      ))}
    </g>
  )
}

/** Moves labels down that would stand out above the chart. */
function within<L extends { at: number }>(labels: L[]): L[] {
  const down = Math.max(0, HIGHEST - Math.min(...labels.map(({ at }) => at)))
  return labels.map((label) => ({ ...label, at: label.at + down }))
}

/** Keeps two labels a label's height apart, about their middle. */
function apart<L extends { at: number }>(labels: L[]): L[] {
  const [a, b] = labels
  if (!a || !b || Math.abs(a.at - b.at) >= HEIGHT) return labels
  const middle = (a.at + b.at) / 2
  const up = a.at < b.at ? -1 : 1
  return [{ ...a, at: middle + (up * HEIGHT) / 2 }, { ...b, at: middle - (up * HEIGHT) / 2 }]
}
