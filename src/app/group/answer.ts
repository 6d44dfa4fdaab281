/** The answer to a question that is asked again whenever its key changes; an older answer that comes late is not heard. */
import { useEffect, useEffectEvent, useState } from 'react'

export interface Answer<T> {
  value?: T
  error?: Error
  asking: boolean
}

/** Nothing is asked while the key is undefined. */
export function useAnswer<T>(key: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [heard, setHeard] = useState<{ key: string; value?: T; error?: Error }>()
  const begin = useEffectEvent(ask)
  useEffect(() => {
    if (key === undefined) return
    const abort = new AbortController()
    begin(abort.signal).then(
      (value) => { if (!abort.signal.aborted) setHeard({ key, value }) },
      (error: unknown) => {
        if (!abort.signal.aborted) setHeard({ key, error: error instanceof Error ? error : new Error(String(error)) })
      },
    )
    return () => { abort.abort() }
  }, [key])
  if (key === undefined || heard?.key !== key) return { asking: key !== undefined }
  return { ...heard, asking: false }
}
