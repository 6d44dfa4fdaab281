/** The updates of one batch, one after the other. */
import './tokens.css'
import { ActionIcon } from '@mantine/core'
import { Icon } from '../Icon'
import { say } from '../words/say'

/** @param update from 0; `of` them all */
export function UpdateChooser({ of, update, choose, words }: {
  of: number
  update: number
  choose: (update: number) => void
  words: string
}) {
  return (
    <div className="updates" role="group" aria-label={say`Update of this batch`}>
      <ActionIcon variant="subtle" size={24} aria-label={say`The update before`} disabled={update === 0}
        onClick={() => { choose(update - 1) }}>
        <Icon name="back" size={12} />
      </ActionIcon>
      <span className="tabular">{say`update ${update + 1} of ${of}`}</span>
      <ActionIcon variant="subtle" size={24} aria-label={say`The update after`} disabled={update === of - 1}
        onClick={() => { choose(update + 1) }}>
        <Icon name="forth" size={12} />
      </ActionIcon>
      <span>{words}</span>
    </div>
  )
}
