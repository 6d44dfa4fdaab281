/** What went wrong and what to do: no WebGPU here, or a run that failed. */
import { Button, Group } from '@mantine/core'
import { useSelect, usePlayer } from './context'

export function Trouble() {
  const device = useSelect((page) => page.device)
  const failure = useSelect((page) => (page.state === 'failed' ? (page.failure ?? 'The run stopped without a reason.') : undefined))
  if (device.state === 'absent') return <NoWebGPU why={device.why} />
  return failure === undefined ? null : <Failed failure={failure} />
}

function NoWebGPU({ why }: { why: string }) {
  return (
    <div className="trouble" role="alert">
      <h2>There is no WebGPU here, so nothing can be trained in this tab</h2>
      <p>{why}</p>
      <ul>
        <li>Use Chrome or Edge 113 or newer, Safari 26, or a Firefox in which WebGPU is on.</li>
        <li>On Linux, Chrome may need <code>chrome://flags/#enable-unsafe-webgpu</code> and <code>#enable-vulkan</code>.</li>
        <li>Open the page over https or from localhost: browsers offer WebGPU to no other address.</li>
        <li>Or train without a page: <code>npm run train -- --spec examples/ledger-grpo.json --out out</code></li>
      </ul>
      <Button variant="default" size="xs" onClick={() => { window.location.reload() }}>Look again</Button>
    </div>
  )
}

function Failed({ failure }: { failure: string }) {
  const player = usePlayer()
  const made = useSelect((page) => page.reports.length)
  return (
    <div className="trouble" role="alert">
      <h2>The run failed</h2>
      <p>{failure}</p>
      <Group gap="xs">
        {made > 0 && <Button variant="default" size="xs" onClick={() => void player.recover()}>Go on from the last checkpoint</Button>}
        <Button variant="default" size="xs" onClick={() => void player.reset()}>Reset, and change the settings</Button>
      </Group>
    </div>
  )
}
