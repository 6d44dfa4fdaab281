/** One run of the list: whether it is compared, its colour, name and note, how far it came, and what one can do with it. */
import { Popover, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { COLOURS, type RunEntry } from '../../runs/library/entry'
import { useSelect, useShelf } from '../context'
import { fixed } from '../format'
import { dateOf, stepsOf } from './entryWords'
import { RunMenu } from './RunMenu'
import { canGoOn } from './shelf'
import { say } from '../words/say'

export const colourOf = (colour: number): string => `var(--run-${colour})`

export function RunRow({ entry, compared }: { entry: RunEntry; compared: boolean }) {
  const shelf = useShelf()
  const here = useSelect((page) => page.kept === entry.id || page.viewing?.run.id === entry.id)
  const able = useSelect((page) => page.device.state === 'ready')
  const { id, name, note, colour, created, place, reward, accuracy, failure } = entry
  return (
    <li className="run" data-here={here || undefined} aria-label={name}>
      <input type="checkbox" className="run-tick" checked={compared} aria-label={say`Compare ${name}`}
        onChange={() => { shelf.compare(id, !compared) }} />
      <Colour colour={colour} choose={(to) => void shelf.change(id, { colour: to })} />
      <div className="run-words">
        <Text className="run-text" label={say`Name`} value={name} keep={(text) => { if (text) void shelf.change(id, { name: text }) }} />
        <Text className="run-text run-note" label={say`Note`} placeholder={say`add a note`} value={note}
          keep={(text) => void shelf.change(id, { note: text })} />
      </div>
      <span className="run-date run-quiet">{dateOf(created)}</span>
      <span className="run-state" title={failure} data-bad={failure !== undefined || undefined}>
        {stepsOf(entry)}{failure !== undefined && say`, failed`}
      </span>
      <span className="run-figure numeric">{reward === undefined ? '–' : fixed(reward)}</span>
      <span className="run-figure numeric">{accuracy === undefined ? '–' : fixed(accuracy)}</span>
      <span className="run-place run-quiet" title={place}>{place}</span>
      <div className="run-actions">
        {here
          ? <span className="quiet">{say`on the page`}</span>
          : <UnstyledButton className="why" onClick={() => void shelf.open(id)}>{say`open`}</UnstyledButton>}
        {!here && able && canGoOn(entry) && <UnstyledButton className="why" onClick={() => void shelf.goOn(id)}>
          {say`go on`}</UnstyledButton>}
        <RunMenu entry={entry} />
      </div>
    </li>
  )
}

/** A line of text that is edited where it stands; kept when it is left, and as it was after Escape. */
function Text({ className, label, value, placeholder, keep }: {
  className: string
  label: string
  value: string
  placeholder?: string
  keep: (text: string) => void
}) {
  return (
    <input key={value} className={className} aria-label={label} defaultValue={value} placeholder={placeholder} maxLength={300} spellCheck={false}
      onBlur={({ currentTarget }) => {
        const text = currentTarget.value.trim()
        if (text !== value) keep(text)
        if (!text) currentTarget.value = value
      }}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Escape') currentTarget.value = value
        if (key === 'Enter' || key === 'Escape') currentTarget.blur()
      }} />
  )
}

function Colour({ colour, choose }: { colour: number; choose: (colour: number) => void }) {
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton aria-label={say`Colour`} onClick={() => { setOpened(!opened) }}>
          <span className="run-dot" style={{ background: colourOf(colour) }} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="run-dots">
          {Array.from({ length: COLOURS }, (_, each) => (
            <UnstyledButton key={each} aria-label={say`Colour ${each + 1}`} aria-pressed={each === colour}
              onClick={() => { choose(each); setOpened(false) }}>
              <span className="run-dot" style={{ background: colourOf(each) }} />
            </UnstyledButton>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
