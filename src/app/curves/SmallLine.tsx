/** The line of a small chart: no axes but the ground, a reading where the pointer is. */
import { Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { tell } from '../words/tell'

interface Sample {
  step: number
  value: number
}

export function SmallLine({ curve, steps, domain, write }: {
  curve: Sample[]
  steps: number
  domain?: [number, number]
  write: (value: number) => string
}) {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={curve} margin={{ top: 5, right: 4, bottom: 4, left: 4 }} accessibilityLayer={false}>
        <XAxis hide dataKey="step" type="number" domain={[1, Math.max(steps, 2)]} />
        <YAxis hide domain={domain ?? ['dataMin', 'dataMax']} />
        <Line dataKey="value" stroke="var(--ink)" strokeWidth={1.3} isAnimationActive={false} activeDot={{ r: 3, strokeWidth: 0 }}
          dot={curve.length === 1 ? { r: 2, fill: 'var(--ink)', strokeWidth: 0 } : false} />
        <Tooltip isAnimationActive={false} cursor={{ stroke: 'var(--hair)' }} allowEscapeViewBox={{ x: false, y: true }}
          content={({ active, payload }) => (active ?
            <Reading sample={payload[0]?.payload as Sample | undefined} write={write} /> : null)} />
      </LineChart>
    </ResponsiveContainer>
  )
}

function Reading({ sample, write }: { sample: Sample | undefined; write: (value: number) => string }) {
  return sample ? <div className="reading"><span>{tell`step ${sample.step}: ${<b>{write(sample.value)}</b>}`}</span></div> : null
}
