/** A line under the head while a server that this browser knows answers, and the page does not compute there. */
import { UnstyledButton } from '@mantine/core'
import { useEffect } from 'react'
import { useElsewhere, useSelect } from '../context'
import { say } from '../words/say'

/** Milliseconds between two questions whether servers are there. */
const EVERY = 30_000

export function Offer() {
  const elsewhere = useElsewhere()
  const { servers, at, moving, declined, notice } = useSelect((page) => page.elsewhere)
  const begun = useSelect((page) => page.spec !== undefined && page.reports.length > 0 && page.state !== 'done')
  const viewing = useSelect((page) => page.viewing !== undefined)
  const known = servers.length > 0
  useEffect(() => {
    if (!known) return
    const ask = (): void => { if (document.visibilityState === 'visible') void elsewhere.look() }
    ask()
    const timer = setInterval(ask, EVERY)
    return () => { clearInterval(timer) }
  }, [elsewhere, known])
  const there = servers.find(({ state }) => state === 'there')
  if (notice !== undefined)
    return (
      <div className="bar-line" role="status">
        <span>{notice}</span>
        <UnstyledButton className="why" onClick={() => { elsewhere.decline() }}>{say`close`}</UnstyledButton>
      </div>
    )
  if (!there || at !== undefined || moving || declined || viewing) return null
  return (
    <div className="bar-line" role="status">
      <span>{say`The server ${new URL(there.url).host} answers.`}</span>
      <UnstyledButton className="why" onClick={() => void elsewhere.moveTo(there.url)}>{begun ? say`move this run there` : say`compute there`}</UnstyledButton>
      <UnstyledButton className="why" onClick={() => { elsewhere.decline() }}>{say`not now`}</UnstyledButton>
    </div>
  )
}
