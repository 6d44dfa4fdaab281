/** What one can do with the runs that are kept: look, name, remove and bring back, open, go on. Writes the store's `library`. */
import type { RunEntry } from '../../runs/library/entry'
import type { KeptRun, RunLibrary } from '../../runs/library/library'
import type { Player } from '../player'
import type { LibraryView, PageStore } from '../store'
import { aboutOf } from './entryWords'
import type { SaveAs } from './files'
import { withEntry } from './pen'
import { say } from '../words/say'

export interface Shelf {
  /** Reads the list anew; the first time it also looks for a run that could go on. */
  refresh(): Promise<void>
  change(id: string, fields: Partial<Pick<RunEntry, 'name' | 'note' | 'colour'>>): Promise<void>
  /** Whether it is among those that are compared. */
  compare(id: string, whether: boolean): void
  remove(id: string): Promise<void>
  /** Brings the last removed run back. */
  undo(): Promise<void>
  /** Its curves; rejects where it is gone. */
  curves(id: string): Promise<KeptRun>
  open(id: string): Promise<void>
  goOn(id: string): Promise<void>
  /** Saves the run as a file. */
  save(id: string, as: SaveAs): Promise<void>
  /** Takes a file in: a run, a recording, a checkpoint or a spec. */
  take(file: File): Promise<void>
  /** The recorded runs that come with the page. */
  recordings(): Promise<readonly RecordingPlace[]>
  /** Plays one of them. */
  watch(file: string): Promise<void>
  /** The offer is declined, or the notice read. */
  dismiss(what: 'offer' | 'notice' | 'forgets' | 'removed'): void
  /** Does the work; what goes wrong becomes the notice. */
  attempt(work: () => Promise<void>): Promise<void>
}

/** A line of recordings/index.json. */
export interface RecordingPlace {
  file: string
  name: string
}

const RECORDINGS = 'recordings/'

/** Milliseconds after which a removed run is gone for good, with the next visit. */
const UNDO = 60_000

export function createShelf(library: Promise<RunLibrary>, store: PageStore, player: Player): Shelf {
  const tell = (change: Partial<LibraryView>): void => { store.setState((page) => ({ library: { ...page.library, ...change } })) }
  let first = true
  let places: Promise<readonly RecordingPlace[]> | undefined

  async function refresh(): Promise<void> {
    const kept = await library
    if (first) await kept.sweep(Date.now() - UNDO)
    const entries = await kept.list()
    tell({ entries, ...(first && kept.forgets !== undefined && { forgets: kept.forgets }) })
    if (first && store.getState().state === 'idle') tell({ offer: await unfinished(kept, entries) })
    first = false
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      tell({ notice: message.charAt(0).toUpperCase() + message.slice(1) })
    }
  }

  const shelf: Shelf = {
    refresh: () => attempt(refresh),
    change: (id, fields) =>
      attempt(async () => {
        const entry = await (await library).change(id, fields)
        tell({ entries: withEntry(store.getState().library.entries, entry) })
      }),
    compare(id, whether) {
      const { compared = [] } = store.getState().library
      tell({ compared: whether ? [...compared, id] : compared.filter((other) => other !== id) })
    },
    remove: (id) =>
      attempt(async () => {
        const kept = await library
        const release = await kept.claim(id)
        if (!release) throw new Error(say`this run is going on; reset it before you remove it.`)
        await release()
        const removed = await kept.change(id, { removed: Date.now() })
        const { entries, offer } = store.getState().library
        shelf.compare(id, false)
        tell({ entries: entries.filter((entry) => entry.id !== id), removed, ...(offer?.id === id && { offer: undefined }) })
      }),
    undo: () =>
      attempt(async () => {
        const { removed } = store.getState().library
        if (!removed) return
        await (await library).change(removed.id, { removed: undefined })
        tell({ removed: undefined })
        await refresh()
      }),
    async curves(id) {
      return (await library).read(id, 'curves')
    },
    open: (id) =>
      attempt(async () => {
        const kept = await library
        const { entry, reports, evaluations } = await kept.read(id)
        await player.show({ id, name: entry.name, about: aboutOf(entry), spec: entry.spec, reports, evaluations })
        if (entry.state !== 'open') return
        const release = await kept.claim(id)
        if (!release) tell({ notice: say`${entry.name} is being written by another tab: here it is shown as it stands now, to be read
          only.` })
        await release?.()
      }),
    goOn: (id) =>
      attempt(async () => {
        tell({ offer: undefined })
        await player.goOn(id)
      }),
    save: (id, as) => attempt(async () => (await import('./files')).saveRun(await library, store, id, as)),
    take: (file) =>
      attempt(async () => {
        const { takeFile } = await import('./files')
        await takeFile(file, { library: await library, store, player })
        await refresh()
      }),
    recordings: () => (places ??= fetch(new URL(`${RECORDINGS}index.json`, document.baseURI)).then(readPlaces, () => [])),
    watch: (file) =>
      attempt(async () => {
        const response = await fetch(new URL(RECORDINGS + encodeURIComponent(file), document.baseURI))
        if (!response.ok) throw new Error(say`the recording ${file} did not come (HTTP ${response.status}); reload the page.`)
        const { readRecording } = await import('../../runs/library/recording')
        await player.show(readRecording(new Uint8Array(await response.arrayBuffer())), 0)
        player.replay.toggle()
      }),
    dismiss: (what) => { tell({ [what]: undefined }) },
    attempt,
  }
  return shelf
}

/** The newest run that nobody ended, that has a checkpoint, and that no other tab is writing. */
async function unfinished(library: RunLibrary, entries: readonly RunEntry[]): Promise<RunEntry | undefined> {
  const [newest] = entries.filter(canGoOn).filter(({ state }) => state === 'open').sort((a, b) => b.updated - a.updated)
  if (!newest) return undefined
  const release = await library.claim(newest.id)
  await release?.()
  return release && newest
}

/** Whether there is somewhere to go on from, and something left to do. */
export function canGoOn({ state, checkpoint, spec }: RunEntry): boolean {
  return state !== 'done' && checkpoint !== undefined && checkpoint.step < spec.steps
}

/** A server that has no such file may answer with a page. */
async function readPlaces(response: Response): Promise<readonly RecordingPlace[]> {
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return []
  const lines: unknown = await response.json().catch(() => undefined)
  const isPlace = (line: Partial<RecordingPlace>): line is RecordingPlace => typeof line.file === 'string' && typeof line.name === 'string'
  return Array.isArray(lines) ? lines.filter(isPlace) : []
}
