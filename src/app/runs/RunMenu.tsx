/** What else one can do with a run of the list. */
import { ActionIcon, Menu } from '@mantine/core'
import type { RunEntry } from '../../runs/library/entry'
import { useShelf } from '../context'

export function RunMenu({ entry: { id, name } }: { entry: RunEntry }) {
  const shelf = useShelf()
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size={26} aria-label={`More about ${name}`}><span aria-hidden="true">⋯</span></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item color="var(--down)" onClick={() => void shelf.remove(id)}>Remove</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
