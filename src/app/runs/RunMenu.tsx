/** What else one can do with a run of the list: save it in some form, link to it, remove it. */
import { ActionIcon, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { RunEntry } from '../../runs/library/entry'
import { linkTo } from '../address'
import { useShelf } from '../context'
import type { SaveAs } from './files'
import { later, say } from '../words/say'

const FORMS: { as: SaveAs; label: string }[] = [
  { as: 'run', label: later`Save the run (zip)` },
  { as: 'csv', label: later`Save its metrics (CSV)` },
  { as: 'jsonl', label: later`Save its metrics (JSONL for W&B, trackio)` },
  { as: 'recording', label: later`Save a recording to replay` },
]

export function RunMenu({ entry: { id, name, spec, tier } }: { entry: RunEntry }) {
  const shelf = useShelf()
  const clipboard = useClipboard()
  const copy = () => shelf.attempt(() => Promise.resolve(clipboard.copy(linkTo(spec, window.location.href, tier))))
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size={26} aria-label={say`More about ${name}`}><span aria-hidden="true">⋯</span></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMS.map(({ as, label }) => <Menu.Item key={as} onClick={() => void shelf.save(id, as)}>{say.of(label)}</Menu.Item>)}
        <Menu.Item onClick={() => void copy()}>{say`Copy a link to its settings`}</Menu.Item>
        <Menu.Divider />
        <Menu.Item color="var(--down)" onClick={() => void shelf.remove(id)}>{say`Remove`}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
