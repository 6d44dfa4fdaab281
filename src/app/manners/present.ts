/** A presentation: large type for a hall, by key or by `?present` in the address. */
import { useCallback, useEffect } from 'react'

const root = (): DOMStringMap => document.documentElement.dataset

export function usePresentation(): () => void {
  useEffect(() => {
    if (new URL(window.location.href).searchParams.has('present')) root().present = ''
  }, [])
  return useCallback(() => {
    if (root().present === undefined) root().present = ''
    else delete root().present
    window.dispatchEvent(new Event('resize')) // charts measure themselves anew
  }, [])
}
