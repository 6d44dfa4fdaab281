/** A link that holds the settings, copied to the clipboard. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useState } from 'react'
import { linkTo } from '../address'
import { useStoreApi } from '../context'
import { Icon } from '../Icon'
import { say } from '../words/say'

export function Share() {
  const store = useStoreApi()
  const clipboard = useClipboard({ timeout: 2500 })
  const [problem, setProblem] = useState<string>()
  const share = (): void => {
    try {
      const { spec, draft, info } = store.getState()
      clipboard.copy(linkTo(spec ?? draft, window.location.href, info?.device.tier))
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const label = problem ?? (clipboard.copied ? say`Copied: the link holds these settings` : say`Copy a link to these settings`)
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" size={34} radius="xl" aria-label={label} onClick={share}>
        <Icon name="link" />
      </ActionIcon>
    </Tooltip>
  )
}
