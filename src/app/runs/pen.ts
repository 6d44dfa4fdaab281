/** Between the run on the page and the library: what the run tells is written, then shown. Without a library it is shown at once. */
import { describeDevice } from '../../policy/host'
import type { PolicyInfo } from '../../policy/policy'
import type { Evaluation, StepReport } from '../../rl/report'
import { readCheckpoint } from '../../runs/checkpoint'
import { newEntry, type RunEntry } from '../../runs/library/entry'
import { createKeeper } from '../../runs/library/keeper'
import type { RunLibrary } from '../../runs/library/library'
import { askToPersist } from '../../runs/library/open'
import type { Run, RunState } from '../../runs/run'
import type { RunSpec } from '../../runs/spec'
import type { LibraryView, PageStore } from '../store'
import { say } from '../words/say'

export interface Pen {
  /** Of the run in the library. */
  readonly id?: string
  opened(info: PolicyInfo): void
  report(report: StepReport, run: Run, show: () => void): void
  evaluation(evaluation: Evaluation, show: () => void): void
  state(state: RunState, failure: string | undefined, run: Run, show: () => void): void
  /** The run goes on from an earlier step, by itself; `why` is for the page. */
  rewound(step: number, evaluations: readonly Evaluation[], show: () => void): void
  /** Writes the run's last checkpoint. */
  save(run: Run): void
  /** Somebody ended the run. */
  stopped(): void
  /** Resolves when all that the run has told is written and shown. */
  idle(): Promise<void>
  /** Then leaves the run to other tabs. */
  close(): Promise<void>
}

export const NO_PEN: Pen = {
  opened: () => undefined,
  report: (_report, _run, show) => { show() },
  evaluation: (_evaluation, show) => { show() },
  state: (_state, _failure, _run, show) => { show() },
  rewound: (_step, _evaluations, show) => { show() },
  save: () => undefined,
  stopped: () => undefined,
  idle: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

/** The pen of a new run, or of the library's run `id` that goes on from this checkpoint: its rows after that are dropped. */
export async function openPen(library: RunLibrary, store: PageStore, spec: RunSpec, id?: string, checkpoint?: Uint8Array): Promise<Pen> {
  const tell = (change: Partial<LibraryView>) => { store.setState((page) => ({ library: { ...page.library, ...change } })) }
  const entry = id === undefined ? newEntry(spec, await library.list()) : undefined
  const release = await library.claim(id ?? entry!.id)
  if (!release) throw new Error(say`this run is being written by another tab; here it can only be opened to read.`)
  const kept = entry ?? (await cutBack(library, id!, checkpoint!, release))
  const keeper = createKeeper({
    library, entry: kept, known: entry === undefined, release,
    onEntry: (written) => { store.setState((page) => ({ library: { ...page.library, entries: withEntry(page.library.entries, written) } })) },
    onTrouble: (notice) => { tell({ notice }) },
  })
  /** A run whose model never opened leaves nothing. */
  let begun = entry === undefined
  return {
    id: kept.id,
    opened({ device }) {
      begun = true
      const place = describeDevice(device)
      if (kept.place !== undefined && (kept.place !== place || kept.tier !== device.tier)) {
        tell({
          notice: say`This run began on ${kept.place ?? ''} and goes on on ${place}: its steps agree with the unbroken run's to rounding,
            not to the bit.`,
        })
      }
      if (!library.forgets) askToPersist().catch(() => undefined) // where the browser will not, runs are kept as long as it likes
      keeper.note({ entry: { place, tier: device.tier } })
    },
    report(report, run, show) {
      keeper.report(report, keeper.due() ? run.checkpoint() : undefined, show)
    },
    evaluation: (evaluation, show) => { keeper.evaluation(evaluation, show) },
    state(state, failure, run, show) {
      if (!begun || (state !== 'paused' && state !== 'done' && state !== 'failed')) return keeper.after(show)
      keeper.note({
        checkpoint: run.checkpoint(),
        entry: { ...(state === 'done' && { state }), ...(failure !== undefined && { failure }) },
      }, show)
      if (state !== 'done') return
      keeper.adapter(run.exportAdapter())
      void keeper.close() // nothing more will be written
    },
    rewound: (step, evaluations, show) => { keeper.rewind(step, evaluations, show) },
    save: (run) => { if (begun) keeper.note({ checkpoint: run.checkpoint() }) },
    stopped: () => { if (begun) keeper.note({ entry: { state: 'stopped' } }) },
    idle: () => keeper.idle(),
    close: () => keeper.close(),
  }
}

async function cutBack(library: RunLibrary, id: string, checkpoint: Uint8Array, release: () => Promise<void>): Promise<RunEntry> {
  try {
    const { position, evaluations } = readCheckpoint(checkpoint)
    return await library.cutBack(id, position.step, evaluations)
  } catch (error) {
    await release()
    throw error
  }
}

/** The entries with this one as it is now, at the place where it was, or first where it is new. */
export function withEntry(entries: readonly RunEntry[], entry: RunEntry): readonly RunEntry[] {
  return entries.some(({ id }) => id === entry.id) ? entries.map((each) => (each.id === entry.id ? entry : each)) : [entry, ...entries]
}
