/** A link for a class: this lesson, with parts of the page left out and the settings locked, as the teacher likes. */
import { Button, Checkbox, Popover, UnstyledButton } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useState } from 'react'
import { linkToView, PARTS, type Part } from './view'
import { later, say } from '../words/say'

const NAMES: Record<Part, string> = { settings: later`the settings`, curves: later`the curves`, group: later`the group`,
  drawers: later`the drawers` }

export function TeacherLink({ lesson }: { lesson: string }) {
  const clipboard = useClipboard({ timeout: 2500 })
  const [hidden, setHidden] = useState<Part[]>([])
  const [locked, setLocked] = useState(true)
  const link = linkToView({ lesson, hidden: PARTS.filter((part) => hidden.includes(part)), locked }, window.location.href)
  return (
    <Popover position="bottom-end" shadow="md" width={300} trapFocus returnFocus>
      <Popover.Target><UnstyledButton className="why">{say`link for a class`}</UnstyledButton></Popover.Target>
      <Popover.Dropdown className="fields">
        <Checkbox size="xs" label={say`Lock the settings`} checked={locked}
          onChange={({ currentTarget }) => { setLocked(currentTarget.checked) }} />
        <Checkbox.Group label={say`Leave out`} size="xs" value={hidden} onChange={(parts) => { setHidden(parts) }}>
          <div className="fields lesson-parts">{PARTS.map((part) => <Checkbox key={part} size="xs" value={part}
            label={say.of(NAMES[part])} />)}</div>
        </Checkbox.Group>
        <code className="lesson-link">{link}</code>
        <Button size="compact-sm" variant="default" onClick={() => { clipboard.copy(link) }}>{clipboard.copied ? say`Copied`
          : say`Copy the link`}</Button>
      </Popover.Dropdown>
    </Popover>
  )
}
