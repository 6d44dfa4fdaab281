/** The library of this browser, or, where it keeps nothing for the page, one that lasts as long as the page. */
import { memoryBase } from './base'
import { opfsFiles, tableFiles } from './blobs'
import { indexedBase } from './indexed'
import { createLibrary } from './create'
import type { Release, RunLibrary } from './library'

export async function openLibrary(): Promise<RunLibrary> {
  try {
    const base = await indexedBase()
    return createLibrary(base, { files: (await opfsFiles()) ?? tableFiles(base), claim: claimByLock, room: estimate })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return memoryLibrary(`Runs are not kept in this window (${why}): save a run as a file before you close it.`)
  }
}

export function memoryLibrary(forgets?: string): RunLibrary {
  const base = memoryBase()
  return createLibrary(base, { files: tableFiles(base), claim: claimInPage(), ...(forgets !== undefined && { forgets }) })
}

/** Asks the browser not to drop the runs when room gets scarce; it may show a question, so that a run's start is the time for it. */
export async function askToPersist(): Promise<void> {
  const { storage } = navigator
  if (storage?.persisted && !(await storage.persisted())) await storage.persist?.()
}

async function estimate() {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {}
  return usage === undefined || quota === undefined ? undefined : { used: usage, quota }
}

/** Web Locks hold between all tabs and end with the tab. */
function claimByLock(id: string): Promise<Release | undefined> {
  if (!navigator.locks) return Promise.resolve(() => Promise.resolve()) // only where the page is not served safely
  return new Promise((settle, fail) => {
    const free: Promise<unknown> = navigator.locks.request(`etude-run/${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return settle(undefined)
      return new Promise<void>((end) => {
        settle(async () => {
          end()
          await free
        })
      })
    })
    free.catch(fail)
  })
}

function claimInPage(): RunLibrary['claim'] {
  const held = new Set<string>()
  return (id) => {
    if (held.has(id)) return Promise.resolve(undefined)
    held.add(id)
    return Promise.resolve(() => {
      held.delete(id)
      return Promise.resolve()
    })
  }
}
