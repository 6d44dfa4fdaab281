/** The cue that the form is not what runs: what differs, and the buttons that begin anew with it or take it back. */
import '../beside/beside.css'
import { Button } from '@mantine/core'
import { useMemo } from 'react'
import { changesOf, type Change } from './changes'
import { usePlayer, useSelect, useStoreApi } from '../context'
import { toDraft } from '../draft'
import { say } from '../words/say'

/** Changes that are named one by one. */
const NAMED = 4

export function Changed() {
  const player = usePlayer()
  const store = useStoreApi()
  const spec = useSelect((page) => page.spec)
  const draft = useSelect((page) => page.draft)
  const begun = useSelect((page) => page.reports.length > 0)
  const changes = useMemo(() => spec && changesOf(spec, draft), [spec, draft])
  if (!spec || !changes || changes.length === 0) return null
  const restart = async (): Promise<void> => {
    const run = await player.prepare(draft)
    run.play()
  }
  return (
    <div className="note changed" role="status">
      <p><b>{say`Not what runs:`}</b> {inWords(changes)}</p>
      <div className="changed-buttons">
        <Button size="compact-sm" onClick={() => void restart()}>{begun ? say`Restart with this` : say`Play this`}</Button>
        <Button size="compact-sm" variant="default" onClick={() => { store.setState({ draft: toDraft(spec), complaint: undefined }) }}>
          {say`Take it back`}</Button>
      </div>
    </div>
  )
}

function inWords(changes: Change[]): string {
  const named = changes.slice(0, NAMED).map(({ label, from, to }) => say`${label} ${to} instead of ${from}`)
  return `${named.join('; ')}${changes.length > NAMED ? say`; and ${changes.length - NAMED} more` : ''}.`
}
