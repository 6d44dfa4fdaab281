/** The Hub's access token for gated models: sent to the Hub alone, written nowhere, forgotten when the page is left. */
import { Button, TextInput } from '@mantine/core'
import { useState, useSyncExternalStore } from 'react'
import { onSession, setToken, type Session } from '../../hub/session'
import { say } from '../words/say'
import { tell } from '../words/tell'

let session: Session
onSession((next) => { session = next })

/** What this visit knows of the Hub. */
export function useSession(): Session {
  return useSyncExternalStore(onSession, () => session)
}

export function TokenField() {
  const { token } = useSession()
  const [typed, setTyped] = useState('')
  if (token !== undefined) {
    return (
      <p className="quiet small-print token">
        {tell`A token is used for this visit.${<Button variant="default" size="compact-sm" onClick={() => { setToken('') }}>
          {say`Forget it`}</Button>}`}
      </p>
    )
  }
  return (
    <form className="token" onSubmit={(event) => { event.preventDefault(); setToken(typed); setTyped('') }}>
      <TextInput size="sm" type="password" autoComplete="off" classNames={{ root: 'token-input', label: 'field-label', input: 'field-input' }}
        label={say`Access token, for gated models; kept for this visit only`} placeholder="hf_…" value={typed}
        onChange={(event) => { setTyped(event.currentTarget.value) }} />
      <Button variant="default" size="sm" type="submit" disabled={typed.trim() === ''}>{say`Use it`}</Button>
    </form>
  )
}
