/** One chart of a comparison. recharts draws the axes; the curves, thinned to the pixels, are paths on its scales. */
import { useElementSize } from '@mantine/hooks'
import { memo, useId, useMemo, type ReactNode } from 'react'
import { CartesianGrid, LineChart, useXAxisScale, useYAxisScale, XAxis, YAxis } from 'recharts'
import { useStore } from 'zustand'
import { placeWords, tickLabel, ticksOf, type Axis } from '../curves/axis'
import { describeCurve } from '../curves/curve'
import { ChartMenu } from './ChartMenu'
import type { Hover } from './Compare'
import { figuresOf, niceTicks, reachOf, type Curve } from './comparison'
import { colourOf } from './RunRow'
import { nearest, thin, type XY } from './thin'
import { say } from '../words/say'

const TICK = { fill: 'var(--soft)', fontSize: 11 }
const HEIGHT = 220
const MARGIN = { top: 10, right: 10, bottom: 0, left: 0 }
const [Y_WIDTH, X_HEIGHT] = [44, 24]

interface Props {
  /** Of the metric. */
  name: string
  title: string
  curves: Curve[]
  axis: Axis
  from: number
  to: number
  log: boolean
  /** Whether the y axis holds 0 and 1. */
  unit: boolean
  write: (value: number) => string
}

export function CompareChart({ hover, chooser, ...props }: Props & { hover: Hover; chooser?: ReactNode }) {
  const { ref, width } = useElementSize()
  const { title, name, curves, write, axis, from, to } = props
  const words = curves.map((curve) => describeCurve(curve.name, curve.line.map(({ x, y }) => ({ step: Math.round(x), value: y })), write)).join('. ')
  const legend = curves.map((curve) => ({ name: curve.name, colour: colourOf(curve.colour) }))
  return (
    <figure className="compare-chart" data-chart={name} aria-label={`${title}. ${words}`}>
      <figcaption>
        {chooser ?? <span>{title}</span>}
        {curves.length > 0 && <ChartMenu title={title} figures={() => figuresOf(curves, axis)} legend={legend} />}
      </figcaption>
      <div ref={ref} className="compare-plot" style={{ height: HEIGHT }}
        onPointerMove={({ nativeEvent, currentTarget }) => {
          const { left } = currentTarget.getBoundingClientRect()
          const share = (nativeEvent.clientX - left - Y_WIDTH) / (width - Y_WIDTH - MARGIN.right)
          hover.setState({ x: share < 0 || share > 1 ? undefined : from + share * (to - from), chart: name })
        }}
        onPointerLeave={() => { hover.setState({ x: undefined }) }}>
        {width > 0 && curves.length > 0 && <Drawing {...props} width={width} />}
        {curves.length === 0 && <p className="quiet">{say`None of these runs has it.`}</p>}
        {curves.length > 0 && <Reading name={name} hover={hover} curves={curves} axis={axis} from={from} to={to} write={write} />}
      </div>
    </figure>
  )
}

/** All that does not follow the pointer. */
const Drawing = memo(function Drawing({ curves, axis, from, to, log, unit, write, width }: Props & { width: number }) {
  const reach = reachOf(curves, from, to, log) ?? [0, 1]
  const domain: [number, number] = log ? reach : unit ? [Math.min(0, reach[0]), Math.max(1, reach[1])] : padded(reach)
  return (
    <LineChart width={width} height={HEIGHT} data={EDGE} margin={MARGIN} accessibilityLayer={false}>
      <CartesianGrid vertical={false} stroke="var(--hair)" />
      <XAxis dataKey="x" type="number" domain={[from, to]} ticks={ticksBetween(from, to, axis)} allowDataOverflow tick={TICK} axisLine={false}
        tickLine={false} interval={0} height={X_HEIGHT} tickMargin={5} tickFormatter={(place: number) => tickLabel(axis, place)} />
      <YAxis domain={domain} scale={log ? 'log' : 'linear'} allowDataOverflow tick={TICK} width={Y_WIDTH} axisLine={false} tickLine={false}
        ticks={niceTicks(domain, log)} interval={0} tickFormatter={(value: number) => write(value)} />
      <Lines curves={curves} from={from} to={to} log={log} columns={Math.max(40, Math.round(width / 2))} />
    </LineChart>
  )
})

/** recharts wants a row before it draws axes. */
const EDGE = [{ x: 0 }]

function Lines({ curves, from, to, log, columns }: Pick<Props, 'curves' | 'from' | 'to' | 'log'> & { columns: number }) {
  const clip = useId()
  const x = useXAxisScale()
  const y = useYAxisScale()
  const drawn = useMemo(() => {
    if (!x || !y) return []
    const pathOf = (points: readonly XY[]) =>
      thin(log ? points.filter((point) => point.y > 0) : points, from, to, columns)
        .map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)!.toFixed(1)} ${y(point.y)!.toFixed(1)}`).join('')
    /** A curve of a few measurements shows them. */
    const dotsOf = (raw: readonly XY[][], line: readonly XY[]) => {
      const seen = line.filter((point) => point.x >= from && point.x <= to && (!log || point.y > 0))
      return raw.length === 0 && seen.length <= 60 ? seen : []
    }
    return curves.map(({ key, colour, raw, line, band }) => {
      const low = band.map(({ x: at, low: value }) => ({ x: at, y: log ? Math.max(value, 1e-12) : value }))
      const high = band.map(({ x: at, high: value }) => ({ x: at, y: value }))
      const area = band.length > 1 ? `${pathOf(high)}L${pathOf(low).slice(1).split('L').reverse().join('L')}Z` : ''
      return { key, stroke: colourOf(colour), raws: raw.map(pathOf), path: pathOf(line), area, points: dotsOf(raw, line) }
    })
  }, [curves, from, to, log, columns, x, y])
  if (!x || !y) return null
  const [left, right] = [x(from)!, x(to)!]
  return (
    <g fill="none">
      <clipPath id={clip}><rect x={left} y={0} width={Math.max(0, right - left)} height={HEIGHT - X_HEIGHT} /></clipPath>
      <g clipPath={`url(#${clip})`}>
        {drawn.map(({ key, stroke, area }) => area && <path key={key} d={area} fill={stroke} fillOpacity={0.1} />)}
        {drawn.map(({ key, stroke, raws }) => raws.map((d, i) => <path key={`${key} ${i}`} d={d} stroke={stroke} strokeOpacity={0.22} />))}
        {drawn.map(({ key, stroke, path }) => <path key={key} d={path} stroke={stroke} strokeWidth={2} strokeLinejoin="round" />)}
      </g>
      {drawn.map(({ key, stroke, points }) =>
        points.map((point) => <circle key={`${key} ${point.x}`} cx={x(point.x)} cy={y(point.y)} r={2.6} fill={stroke} />))}
    </g>
  )
}

/** The line under the pointer and what the curves are there, in every chart; their names where the pointer is. */
function Reading({ name: own, hover, curves, axis, from, to, write }: Omit<Props, 'title' | 'log' | 'unit'> & { hover: Hover }) {
  const x = useStore(hover, (state) => state.x)
  const named = useStore(hover, (state) => state.chart === own)
  if (x === undefined || x < from || x > to) return null
  const share = (x - from) / (to - from)
  const rows = curves.flatMap(({ key, colour, name, line }) => {
    const point = nearest(line, x, (to - from) / 50)
    return point ? [{ key, colour, name, y: point.y }] : []
  }).sort((a, b) => b.y - a.y)
  return (
    <div className="compare-hover" style={{ left: Y_WIDTH, right: MARGIN.right, bottom: X_HEIGHT, top: MARGIN.top }} aria-hidden="true">
      <div className="compare-line" style={{ left: `${100 * share}%` }} />
      <div className="reading" style={share < 0.5 ? { left: `calc(${100 * share}% + 10px)` } : { right: `calc(${100 - 100 * share}% + 10px)` }}>
        <b>{placeWords(axis, axis === 'seconds' ? x : Math.round(x))}</b>
        {rows.map(({ key, colour, name, y }) => (
          <span key={key}><i style={{ background: colourOf(colour) }} /><b>{write(y)}</b>{named && ` ${name}`}</span>
        ))}
      </div>
    </div>
  )
}

function padded([low, high]: [number, number]): [number, number] {
  const space = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1
  return [low - space, high + space]
}

/** Round places between two ends. */
function ticksBetween(from: number, to: number, axis: Axis): number[] {
  if (from === 0) return ticksOf(to, axis)
  const step = ticksOf(to - from, axis)[1] ?? to - from
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.floor((to - first) / step + 1e-9) + 1 }, (_, i) => first + i * step)
}
