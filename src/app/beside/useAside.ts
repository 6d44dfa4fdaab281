/** Asking something of the run's model beside the run; where there is no run yet, one of the form's settings is opened and waits. */
import { useEffect, useRef, useState } from 'react'
import type { Context } from '../../rl/algorithm'
import { usePlayer, useStoreApi } from '../context'

export interface Aside {
  busy: boolean
  /** Why the last question failed: one sentence. */
  problem: string | undefined
  /** What `work` throws becomes the problem; a stopped one leaves none. */
  ask: (work: (context: Context, signal: AbortSignal) => Promise<void>) => Promise<void>
  stop: () => void
}

export function useAside(): Aside {
  const player = usePlayer()
  const store = useStoreApi()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => { abort.current?.abort() }, [])
  return {
    busy,
    problem,
    async ask(work) {
      const { signal } = (abort.current = new AbortController())
      setBusy(true)
      setProblem(undefined)
      try {
        const run = player.run ?? (await player.prepare(store.getState().draft))
        await run.aside((context) => work(context, signal))
      } catch (error) {
        if (!signal.aborted) setProblem(error instanceof Error ? error.message : String(error))
      } finally {
        setBusy(false)
      }
    },
    stop: () => { abort.current?.abort() },
  }
}
