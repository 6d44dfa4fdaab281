/** Reset, play or pause, one step: the buttons; their keys are in manners/commands.ts. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { useShallow } from 'zustand/react/shallow'
import { useSelect, usePlayer } from '../context'
import { Icon } from '../Icon'
import { canNow } from '../manners/commands'
import { say } from '../words/say'

export function Transport() {
  const player = usePlayer()
  const state = useSelect((page) => page.state)
  const { busy, ...can } = useSelect(useShallow(canNow))
  const act = {
    toggle: () => void player.toggle(),
    step: () => void player.step(),
    reset: () => void player.reset(),
  }
  const playLabel = busy ? say`Pause` : state === 'paused' ? say`Go on` : say`Play`
  return (
    <div className="transport" role="group" aria-label={say`Transport`}>
      <Tooltip label={say`Reset: end the run (r)`}>
        <ActionIcon variant="default" size={38} radius="xl" aria-label={say`Reset`} aria-keyshortcuts="r"
          disabled={!can.reset} onClick={act.reset}>
          <Icon name="reset" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={say`${playLabel} (space)`}>
        <ActionIcon className="play" variant="filled" size={44} radius="xl" aria-label={playLabel} aria-keyshortcuts="Space"
          disabled={!can.toggle} onClick={act.toggle}>
          <Icon name={busy ? 'pause' : 'play'} size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={say`One step, then pause (s)`}>
        <ActionIcon variant="default" size={38} radius="xl" aria-label={say`One step`} aria-keyshortcuts="s"
          disabled={!can.step} onClick={act.step}>
          <Icon name="step" />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
