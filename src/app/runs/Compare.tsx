/** Runs compared: reward, held-out accuracy and a metric of choice over one axis, and what differs between their settings, in words. */
import { RangeSlider, Select, Slider, Switch } from '@mantine/core'
import { useDeferredValue, useMemo, useState } from 'react'
import { createStore } from 'zustand/vanilla'
import { AXES, tickLabel, type Axis } from '../curves/axis'
import { AxisChooser } from '../curves/AxisChooser'
import { fixed, metric as plain } from '../format'
import { panelsOf } from '../curves/panels'
import { CompareChart } from './CompareChart'
import { ACCURACY, curvesOf, type ComparedRun, type Curve } from './comparison'
import { Differences } from './Differences'
import { seedlessKey } from './differences'
import { colourOf } from './RunRow'
import { useCompared } from './useCompared'
import { say } from '../words/say'

/** Where the pointer is, for all charts at once, and in which of them. */
export type Hover = ReturnType<typeof createHover>
const createHover = () => createStore<{ x?: number | undefined; chart?: string }>(() => ({}))

export function Compare() {
  const runs = useCompared()
  const [axis, setAxis] = useState<Axis>('steps')
  const [chosen, setChosen] = useState('loss')
  const [weight, setWeight] = useState(0.8)
  const [log, setLog] = useState(false)
  const [apart, setApart] = useState(false)
  const [range, setRange] = useState<[number, number]>([0, 100])
  const [hover] = useState(createHover)
  const wish = useDeferredValue(useMemo(() => ({ axis, weight, together: !apart }), [axis, weight, apart]))
  const metrics = useMemo(() => metricsOf(runs), [runs])
  const metric = metrics.find(({ value }) => value === chosen) ?? metrics[0]
  const charts = useMemo(() => {
    const draw = (name: string, title: string, write: (value: number) => string, unit: boolean) =>
      ({ name, title, write, unit, curves: curvesOf(runs, { ...wish, metric: name }).filter(({ line }) => line.length > 0) })
    return [
      draw('reward', say`Reward`, fixed, true),
      draw(ACCURACY, say`Held-out accuracy`, fixed, true),
      ...(metric ? [draw(metric.value, say.of(metric.label), metric.write, false)] : []),
    ]
  }, [runs, wish, metric])
  if (runs.length === 0) return null

  const end = Math.max(1, ...charts.flatMap(({ curves }) => curves.flatMap(({ raw, line }) => [line, ...raw].map((points) => points.at(-1)?.x ?? 0))))
  const [from, to] = [(end * range[0]) / 100, (end * range[1]) / 100]
  const seeds = new Set(runs.map(({ spec }) => seedlessKey(spec))).size < runs.length
  const names = charts.reduce<Curve[]>((most, { curves }) => (curves.length > most.length ? curves : most), [])
  return (
    <section className="compare" aria-label={say`Comparison`}>
      <div className="compare-bar">
        <AxisChooser label={say`Compared over`} axes={AXES} axis={axis} choose={setAxis} />
        <label className="compare-slider">
          <span className="label">{weight === 0 ? say`smoothing off` : say`smoothing ${weight.toFixed(2)}`}</span>
          <Slider size={2} thumbSize={13} min={0} max={0.99} step={0.01} value={weight} onChange={setWeight} label={null}
            thumbLabel={say`Smoothing`} />
        </label>
        <label className="compare-slider">
          <span className="label">{say`from ${tickLabel(axis, round(from))} to ${tickLabel(axis, round(to))}`}</span>
          <RangeSlider size={2} thumbSize={13} minRange={2} value={range} onChange={setRange} label={null} thumbFromLabel={say`From`}
            thumbToLabel={say`To`} />
        </label>
        <Switch size="xs" label={say`log scale`} checked={log} onChange={(event) => { setLog(event.currentTarget.checked) }} />
        {seeds && <Switch size="xs" label={say`each seed apart`} checked={apart}
          onChange={(event) => { setApart(event.currentTarget.checked) }} />}
      </div>
      <ul className="compare-names">
        {names.map(({ key, name, colour }) => <li key={key}><i style={{ background: colourOf(colour) }} />{name}</li>)}
      </ul>
      <div className="compare-charts">
        {charts.map(({ name, title, write, unit, curves }, i) => (
          <CompareChart key={i < 2 ? name : 'metric'} name={name} title={title} curves={curves} axis={axis} from={from} to={to} log={log} unit={unit}
            write={write} hover={hover}
            chooser={i < 2 ? undefined : (
              <Select size="xs" aria-label={say`Metric`} data={metrics.map(({ value, label }) => ({ value, label: say.of(label) }))}
                value={metric!.value} allowDeselect={false} searchable w={170}
                onChange={(value) => { if (value) setChosen(value) }} />
            )} />
        ))}
      </div>
      <Differences runs={runs} />
    </section>
  )
}

/** Metrics that the runs have, the page's own small charts first. */
function metricsOf(runs: readonly ComparedRun[]): { value: string; label: string; write: (value: number) => string }[] {
  const names = new Set(runs.flatMap(({ reports }) => reports.slice(-3).flatMap(({ metrics }) => Object.keys(metrics))))
  names.delete('reward')
  const reported = Object.fromEntries([...names].map((name) => [name, 0]))
  const panels = new Map(runs.flatMap(({ spec }) => panelsOf(spec.algorithm, reported)).map((panel) => [panel.metric, panel]))
  const own = [...panels.values()].filter(({ metric }) => names.has(metric)).map(({ metric: value, label, write }) => ({ value, label, write }))
  return [...own, ...[...names].filter((name) => !panels.has(name)).map((value) => ({ value, label: value, write: plain }))]
}

const round = (place: number): number => (place < 10 ? Number(place.toFixed(1)) : Math.round(place))
