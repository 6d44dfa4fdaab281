/** What computes here, and plainly when it is nothing: a software adapter is slow, and as exact as any. A press says where else it could. */
import { Popover } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useSelect } from '../context'
import { absence } from './status'
import { say } from '../words/say'

const ElsewherePanel = lazy(() => import('../elsewhere/ElsewherePanel').then((module) => ({ default: module.ElsewherePanel })))

export function DeviceBadge() {
  const device = useSelect((page) => page.device)
  const moving = useSelect((page) => page.elsewhere.moving)
  if (device.state === 'asking') return <span className="badge">{say`looking for the GPU …`}</span>
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <button type="button" className="badge badge-button" data-testid="device" data-bad={device.state === 'absent' || undefined} title={hint(device)}>
          {moving ? say`moving …` : device.state === 'absent' ? absence(device.why).words : <Name {...device.profile} />}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={say`Where it computes`}>
        <Suspense fallback={null}><ElsewherePanel /></Suspense>
      </Popover.Dropdown>
    </Popover>
  )
}

function Name({ name, software, tier }: { name: string; software: boolean; tier: string }) {
  return (
    <>
      <b>{name}</b>
      <span>{software ? say` · software adapter: slow, exact` : tier === 'remote' ? '' : ' · WebGPU'}</span>
    </>
  )
}

function hint(device: { state: 'ready'; profile: { software: boolean; tier: string } } | { state: 'absent'; why: string }): string {
  if (device.state === 'absent') return device.why
  const { software, tier } = device.profile
  if (tier === 'remote') return say`The model’s arithmetic runs on a server; rewards and curves are made here.`
  return software
    ? say`There is no GPU for this page, so the browser computes on the processor: many times slower, with the same results. Kernels:
      ${tier}.`
    : say`All of the model’s arithmetic runs here, through WebGPU. Kernels: ${tier}.`
}
