/**
 * The pen of one run: writes what the run tells into the library, in order, and passes it on only when it is written, so that no step
 * counts that a reload would lose. A checkpoint comes along every few seconds, seldomer where it takes long to write. What cannot be
 * written is said once, and the run goes on unkept.
 */
import type { Evaluation, StepReport } from '../../rl/report'
import type { RunEntry } from './entry'
import type { Rows, RunLibrary } from './library'

/** A checkpoint as the run gives it; undefined where there is none to write. */
export type Saved = Promise<Uint8Array | undefined> | undefined

export interface Keeper {
  readonly id: string
  /** Whether it is time for a checkpoint. */
  due(): boolean
  report(report: StepReport, checkpoint: Saved, show: () => void): void
  evaluation(evaluation: Evaluation, show: () => void): void
  note(rows: Omit<Rows, 'checkpoint'> & { checkpoint?: Saved }, show?: () => void): void
  /** The run goes on from an earlier step: rows after it are dropped. */
  rewind(step: number, evaluations: readonly Evaluation[], show: () => void): void
  /** Shows what needs no writing, in its turn. */
  after(show: () => void): void
  adapter(files: Promise<Record<string, Uint8Array>>): void
  /** Resolves when all is written. */
  idle(): Promise<void>
  /** When all is written, leaves the run to other tabs. */
  close(): Promise<void>
}

export interface KeeperOptions {
  library: RunLibrary
  entry: RunEntry
  /** Whether the library has the entry already. */
  known: boolean
  /** The entry as it was last written. */
  onEntry?: (entry: RunEntry) => void
  /** One sentence: the run is not kept any more, or room gets scarce. */
  onTrouble?: (sentence: string) => void
  /** Gives the run back to other tabs. */
  release?: () => Promise<void>
  /** In milliseconds. */
  now?: () => number
}

/** Milliseconds between two checkpoints at least, and the share of the time that writing them may take. */
const EVERY = 2000
const SHARE = 0.05
/** The part of the quota from which room is scarce. */
const SCARCE = 0.9

export function createKeeper({ library, entry, known, onEntry, onTrouble, release, now = () => performance.now() }: KeeperOptions): Keeper {
  let lost = false
  let giveBack = release
  let scarce = false
  let saved = { at: now(), took: 0 }
  /** Whether the library has the entry: a run that never opened its model gets none. */
  let added = known
  let queue = Promise.resolve()

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    if (lost) return
    try {
      await work()
    } catch (error) {
      lost = true
      onTrouble?.(lostWords(error))
    }
  }

  async function write(rows: Rows): Promise<void> {
    const since = now()
    if (!added) await library.add(entry)
    added = true
    const written = await library.append(entry.id, rows)
    onEntry?.(written)
    if (!rows.checkpoint) return
    saved = { at: now(), took: now() - since }
    const room = await library.room()
    if (!room || scarce || room.used < SCARCE * room.quota) return
    scarce = true
    const [quota, used] = [gigabytes(room.quota), gigabytes(room.used)]
    onTrouble?.(`This browser keeps ${quota} for the page, and ${used} are used: remove runs or models that you no longer need.`)
  }

  const note: Keeper['note'] = ({ checkpoint, ...rows }, show) => {
    const saving = checkpoint?.catch(() => undefined) // a run whose model is not open has none
    queue = queue.then(() => attempt(async () => write({ ...rows, checkpoint: await saving }))).then(show)
  }
  const keeper: Keeper = {
    id: entry.id,
    due: () => !lost && now() - saved.at >= Math.max(EVERY, saved.took / SHARE),
    report(report, checkpoint, show) {
      if (checkpoint) saved = { ...saved, at: now() } // asked for once, however long the queue is
      note({ report, checkpoint }, show)
    },
    evaluation: (evaluation, show) => { note({ evaluation }, show) },
    note,
    rewind(step, evaluations, show) {
      queue = queue.then(() => attempt(async () => { if (added) await library.cutBack(entry.id, step, evaluations) })).then(show)
    },
    after: (show) => { queue = queue.then(show) },
    adapter(files) {
      files.catch(() => undefined) // heard of when its turn comes
      queue = queue.then(() => attempt(async () => library.putAdapter(entry.id, await files)))
    },
    idle: () => queue,
    async close() {
      await queue
      const free = giveBack
      giveBack = undefined // another may have it from now on
      await free?.()
    },
  }
  return keeper
}

function lostWords(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const why = name === 'QuotaExceededError' ? 'the browser’s storage for this page is full; remove runs or models' : message
  return `This run is not kept any further (${why.replace(/\.$/, '')}); it goes on in this window.`
}

const gigabytes = (bytes: number): string => (bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`)
