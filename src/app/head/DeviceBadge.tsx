/** Which GPU computes here, and plainly when it is none: a software adapter is slow, and as exact as any. */
import { Tooltip } from '@mantine/core'
import { useSelect } from '../context'
import { absence } from './status'
import { say } from '../words/say'

export function DeviceBadge() {
  const device = useSelect((page) => page.device)
  if (device.state === 'asking') return <span className="badge">{say`looking for the GPU …`}</span>
  if (device.state === 'absent') return <span className="badge" data-bad>{absence(device.why).words}</span>
  const { name, software, tier } = device.profile
  const hint = software
    ? say`There is no GPU for this page, so the browser computes on the processor: many times slower, with the same results. Kernels:
      ${tier}.`
    : say`All of the model’s arithmetic runs here, through WebGPU. Kernels: ${tier}.`
  return (
    <Tooltip label={hint}>
      <span className="badge" tabIndex={0} data-testid="device">
        <b>{name}</b>
        <span>{software ? say` · software adapter: slow, exact` : ' · WebGPU'}</span>
      </span>
    </Tooltip>
  )
}
