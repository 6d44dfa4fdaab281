/** A word after a tab was hidden while a run was on: what it did meanwhile. Nothing stops, but browsers give hidden tabs less. */
import { UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useSelect, useStoreApi } from '../context'
import { duration } from '../format'
import { stepOf } from '../head/status'
import { say } from '../words/say'

/** Seconds from which it is worth a word. */
const LONG = 10

export function HiddenTab() {
  const store = useStoreApi()
  const running = useSelect((page) => page.state === 'running')
  const [words, setWords] = useState<string>()
  useEffect(() => {
    if (!running) return
    let left: { at: number; step: number } | undefined
    const look = (): void => {
      const step = stepOf(store.getState())
      if (document.visibilityState === 'hidden') {
        left = { at: performance.now(), step }
        return
      }
      const away = left && (performance.now() - left.at) / 1000
      if (left && away !== undefined && away >= LONG) setWords(say`While this tab was hidden for ${duration(away)}, the run made
        ${step - left.step} steps. Browsers give hidden tabs less time, and may put them to sleep; the run is kept and goes on from there.`)
      left = undefined
    }
    document.addEventListener('visibilitychange', look)
    return () => { document.removeEventListener('visibilitychange', look) }
  }, [running, store])
  if (words === undefined) return null
  return (
    <p className="note hidden-tab" role="status">
      {words} <UnstyledButton className="why" onClick={() => { setWords(undefined) }}>{say`close`}</UnstyledButton>
    </p>
  )
}
