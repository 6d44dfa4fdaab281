/** Reward (raw faint, smoothed strong) and held-out accuracy (points with Wilson's 95 % interval) over the chosen axis. */
import { CartesianGrid, ComposedChart, ErrorBar, Line, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { Evaluation } from '../../rl/report'
import { endOf, placeWords, tickLabel, ticksOf, type Axis } from './axis'
import { rewardDomain, thinned, type Point } from './curve'
import { EndLabels } from './EndLabels'
import { fixed } from '../format'
import type { Figures } from '../../runs/library/rows'
import { ChartMenu } from '../runs/ChartMenu'
import { later, say } from '../words/say'

/** The axes need a row to stand on before there is one. */
const NOTHING: Point[] = [{ x: 0 }]
const TICK = { fill: 'var(--soft)', fontSize: 11 }
/** Room at the right for the curves' names. */
const LABEL_SPACE = 96

export function RewardChart({ points, axis, moves, step, steps, evaluation }: {
  points: Point[]
  axis: Axis
  /** Places where the run moved to another device. */
  moves: readonly number[]
  /** Made so far, and of the whole run. */
  step: number
  steps: number
  evaluation?: Evaluation
}) {
  const now = points.at(-1)?.x
  const end = endOf(axis, now ?? 0, step, steps)
  const domain = rewardDomain(points)
  const ticks = domain[0] === 0 && domain[1] < 1.5 ? [0, 0.5, 1] : undefined
  const drawn = thinned(points)
  return (
    <>
      {points.length > 0 && <ChartMenu title={say`Reward and held-out accuracy`} figures={() => figuresOf(points, axis)} />}
      <ResponsiveContainer width="100%" height="100%">
        <ComposedChart data={drawn.length > 0 ? drawn : NOTHING}
          margin={{ top: 14, right: LABEL_SPACE, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} syncWithTicks
            horizontal={({ key, x1, x2, y1, y2 }) => <line key={key} x1={x1} x2={x2 + LABEL_SPACE} y1={y1} y2={y2} stroke="var(--hair)" />} />
          <XAxis dataKey="x" type="number" domain={[0, end]} ticks={ticksOf(end, axis)} tick={TICK} axisLine={false} tickLine={false}
            interval={0} height={26} tickMargin={6} tickFormatter={(place: number) => tickLabel(axis, place)} />
          <YAxis domain={domain} ticks={ticks} allowDataOverflow={points.length === 0} tick={TICK} width={34}
            axisLine={false} tickLine={false} tickFormatter={(value: number) => fixed(value, 1)} />
          {moves.map((place, i) => <ReferenceLine key={i} x={place} stroke="var(--held)" label={{ value: '⇄', position: 'insideTopLeft', fill: 'var(--held)', fontSize: 12 }} />)}
          {now !== undefined && now > 0 && <ReferenceLine x={now} stroke="var(--soft)" strokeDasharray="2 4" />}
          <Line dataKey="reward" stroke="var(--up)" strokeOpacity={0.3} strokeWidth={1.2} dot={false} activeDot={false}
            connectNulls isAnimationActive={false} />
          <Line dataKey="smooth" stroke="var(--up)" strokeWidth={2.4}
            dot={points.length < 4 ? { r: 2.2, fill: 'var(--up)', strokeWidth: 0 } : false}
            activeDot={{ r: 3.5, strokeWidth: 0 }} connectNulls isAnimationActive={false} />
          <Line dataKey="accuracy" stroke="none" dot={{ r: 4, fill: 'var(--held)', stroke: 'var(--paper)', strokeWidth: 1.2 }}
            activeDot={false} isAnimationActive={false}>
            <ErrorBar dataKey="interval" stroke="var(--held)" strokeOpacity={0.65} strokeWidth={1.6} width={0} isAnimationActive={false} />
          </Line>
          <EndLabels points={points} evaluation={evaluation} />
          <Tooltip content={({ active, payload }) => (active ?
            <Reading point={payload[0]?.payload as Point | undefined} axis={axis} /> : null)}
            cursor={{ stroke: 'var(--soft)', strokeWidth: 1 }} isAnimationActive={false} />
        </ComposedChart>
      </ResponsiveContainer>
    </>
  )
}

function figuresOf(points: readonly Point[], axis: Axis): Figures {
  const rows = points.map(({ x, reward, smooth, accuracy, interval: [below, above] = [NaN, NaN] }) =>
    [x, reward, smooth, ...(accuracy === undefined ? [] : [accuracy, accuracy - below, accuracy + above])])
  return { header: [axis, later`reward`, later`smoothed`, later`accuracy`, later`low`, later`high`], rows }
}

function Reading({ point, axis }: { point: Point | undefined; axis: Axis }) {
  if (!point) return null
  const [below, above] = point.interval ?? [0, 0]
  return (
    <div className="reading">
      <b>{placeWords(axis, point.x)}</b>
      {point.reward !== undefined && <span>{say`reward ${fixed(point.reward)}, smoothed ${fixed(point.smooth ?? NaN)}`}</span>}
      {point.accuracy !== undefined && (
        <span>{say`accuracy ${fixed(point.accuracy)} (${fixed(point.accuracy - below)} to ${fixed(point.accuracy + above)})`}</span>
      )}
    </div>
  )
}
