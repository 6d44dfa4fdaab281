/** Keeps the screen awake while a run is on; where that is not possible, nothing happens. */
import { useEffect } from 'react'

export function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return
    let lock: WakeLockSentinel | undefined
    let over = false
    const take = (): void => {
      if (document.visibilityState !== 'visible') return
      navigator.wakeLock.request('screen').then(
        (taken) => {
          if (over) void taken.release()
          else lock = taken
        },
        () => undefined, // refused, as with a low battery
      )
    }
    take()
    document.addEventListener('visibilitychange', take) // a hidden tab loses its lock
    return () => {
      over = true
      document.removeEventListener('visibilitychange', take)
      void lock?.release()
    }
  }, [wanted])
}
