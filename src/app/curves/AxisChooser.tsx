/** What charts are drawn over: one of the axes, chosen by a press. */
import { UnstyledButton } from '@mantine/core'
import { say } from '../words/say'
import { AXIS_NAMES, type Axis } from './axis'

export function AxisChooser({ label, axes, axis, choose }: { label: string; axes: readonly Axis[]; axis: Axis; choose: (axis: Axis) => void }) {
  return (
    <div className="axes" role="group" aria-label={label}>
      <span className="label" aria-hidden="true">{say`over`}</span>
      {axes.map((name) => (
        <UnstyledButton key={name} className="axis" aria-pressed={name === axis} onClick={() => { choose(name) }}>
          {say.of(AXIS_NAMES[name])}</UnstyledButton>
      ))}
    </div>
  )
}
