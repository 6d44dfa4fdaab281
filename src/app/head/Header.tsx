/** The head of the page: name, transport, where the run stands, the device, light or dark; below it the line of progress. */
import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { DeviceBadge } from './DeviceBadge'
import { useSelect } from '../context'
import { Icon } from '../Icon'
import { LessonsButton } from '../lessons/LessonsButton'
import { Scrubber } from '../runs/Scrubber'
import { Share } from './Share'
import { Standing, ProgressLine } from './Standing'
import { Transport } from './Transport'
import { say } from '../words/say'

export function Header() {
  const viewing = useSelect((page) => page.viewing !== undefined)
  return (
    <header className="head">
      <div className="head-row">
        <h1>étude</h1>
        {viewing ? <Scrubber /> : <><Transport /><Standing /></>}
        <div className="head-end">
          <LessonsButton />
          <DeviceBadge />
          <Share />
          <SchemeToggle />
        </div>
      </div>
      <ProgressLine />
    </header>
  )
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  const label = other === 'dark' ? say`Show the page dark` : say`Show the page light`
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" size={34} radius="xl" aria-label={label} onClick={() => { setColorScheme(other) }}>
        <Icon name={other} />
      </ActionIcon>
    </Tooltip>
  )
}
