/** The drawer “Runs”: all that this browser keeps, and the comparison of those that are ticked. */
import './runs.css'
import { UnstyledButton } from '@mantine/core'
import { useSelect, useShelf } from '../context'
import { Compare } from './Compare'
import { OpenFile } from './OpenFile'
import { Recordings } from './Recordings'
import { RunRow } from './RunRow'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function RunsDrawer() {
  const shelf = useShelf()
  const { entries, removed, compared = [] } = useSelect((page) => page.library)
  return (
    <div className="drawer-body">
      <div className="runs-head">
        <span>{words(entries.length, compared.length)}</span>
        <OpenFile />
        <Recordings words={say`Recorded runs to watch:`} />
        {removed && (
          <span role="status">
            {tell`${removed.name} is removed.
              ${<UnstyledButton className="why" onClick={() => void shelf.undo()}>{say`undo`}</UnstyledButton>}`}
          </span>
        )}
      </div>
      {entries.length > 0 && (
        <ul className="runs">
          <li className="runs-labels" aria-hidden="true">
            <span /><span /><span>{say`run`}</span><span>{say`begun`}</span><span>{say`steps`}</span>
            <span className="numeric">{say`reward`}</span><span className="numeric">{say`accuracy`}</span><span className="run-place">
              {say`on`}</span><span />
          </li>
          {entries.map((entry) => <RunRow key={entry.id} entry={entry} compared={compared.includes(entry.id)} />)}
        </ul>
      )}
      <Compare />
    </div>
  )
}

function words(runs: number, compared: number): string {
  if (runs === 0) return say`Every run that is played here is kept in this browser, and listed here.`
  return compared > 0 ? say`${compared} of ${runs} compared` : say`Tick runs to compare them.`
}
