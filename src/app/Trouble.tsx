/** What went wrong and what to do: no WebGPU here, or a run that failed. */
import { Button, Group } from '@mantine/core'
import { useSelect, usePlayer } from './context'
import { absence } from './head/status'
import { adviceFor } from './webgpu'
import { say } from './words/say'
import { tell } from './words/tell'

export function Trouble() {
  const device = useSelect((page) => page.device)
  const viewing = useSelect((page) => page.viewing !== undefined)
  const failure = useSelect((page) => (page.state === 'failed' ? (page.failure ?? say`The run stopped without a reason.`) : undefined))
  if (device.state === 'absent') return viewing ? null : <Absent why={device.why} />
  return failure === undefined ? null : <Failed failure={failure} />
}

function Absent({ why }: { why: string }) {
  const advice = adviceFor(navigator.userAgent, window.isSecureContext)
  const missing = why.includes('WebGPU')
  return (
    <div className="trouble" role="alert">
      <h2>{absence(why).title}</h2>
      <p>{why}</p>
      {missing && <p>{say`This is ${advice.here}. Lessons, kept runs, recordings and what-if work without a GPU; to train here:`}</p>}
      <ul>
        {missing && advice.steps.map((step) => <li key={step}>{step}</li>)}
        <li>
          {tell`Or train in a terminal, where a missing GPU is replaced by the processor:
            ${<code>npm run train -- --spec examples/ledger-grpo.json --out out</code>}`}
        </li>
      </ul>
      <Button variant="default" size="xs" onClick={() => { window.location.reload() }}>{say`Look again`}</Button>
    </div>
  )
}

function Failed({ failure }: { failure: string }) {
  const player = usePlayer()
  const made = useSelect((page) => page.reports.length)
  return (
    <div className="trouble" role="alert">
      <h2>{say`The run failed`}</h2>
      <p>{failure}</p>
      <Group gap="xs">
        {made > 0 && <Button variant="default" size="xs" onClick={() => void player.recover()}>
          {say`Go on from the last checkpoint`}</Button>}
        <Button variant="default" size="xs" onClick={() => void player.reset()}>{say`Reset, and change the settings`}</Button>
      </Group>
    </div>
  )
}
