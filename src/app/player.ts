/**
 * Play, pause, step, reset: owns the one run of the page and writes what it tells into the store.
 * It decides only when the run goes on; what a step is, the run knows.
 */
import type { GraderTools } from '../graders/grader'
import type { Host } from '../policy/host'
import type { StepReport } from '../rl/report'
import { readCheckpoint } from '../runs/checkpoint'
import type { Run, RunState } from '../runs/run'
import { parseSpec, type RunSpec } from '../runs/spec'
import { toDraft } from './draft'
import type { RunLibrary } from '../runs/library/library'
import { createSteadyRun, type SteadyListeners } from '../runs/steady-run'
import { createPace } from './head/pace'
import { changesOf } from './settings/changes'
import { NO_PEN, openPen, type Pen } from './runs/pen'
import { createReplay, type Replay } from './runs/replay'
import type { Shown } from './runs/viewing'
import { NO_RUN, withLiveGroup, type PageState, type PageStore } from './store'
import { say } from './words/say'

export interface Player {
  /** The run on the page, if there is one. */
  readonly run: Run | undefined
  /** Moves the scrubber of a run that is only looked at. */
  readonly replay: Replay
  play(): Promise<void>
  pause(): Promise<void>
  /** One optimizer step, then pause. */
  step(): Promise<void>
  /** Play or pause, whichever is due. */
  toggle(): Promise<void>
  /** Ends the run, frees the model and clears the curves; the settings stay. */
  reset(): Promise<void>
  /** Replaces the run by one of this spec or one that goes on from a checkpoint; it waits to be played. Rejects a wrong spec. */
  prepare(spec: unknown, resume?: Uint8Array): Promise<Run>
  /** After a failure: a new run from the last checkpoint, with the curves that led there. */
  recover(): Promise<void>
  /** Holds the run after the step in progress, lets `swap` change where the page computes, and goes on there. When it rejects, it goes on where it was. */
  rehost(swap: () => Promise<void>): Promise<void>
  /** Goes on with a run of the library where its last checkpoint is; rows after it are made again. Rejects with a sentence. */
  goOn(id: string): Promise<void>
  /** Puts a run on the page to be looked at, at this step of it or at its end; the one that is there ends, and is kept. */
  show(run: Shown, at?: number): Promise<void>
  /** Writes the last checkpoint of the run, as when the tab is about to go. */
  keep(): void
}

interface Beginning {
  resume?: Uint8Array | undefined
  earlier?: readonly StepReport[]
  /** Of the library's run that goes on. */
  id?: string | undefined
}

/** @param library where runs are kept; a page without one keeps none */
export function createPlayer(host: Host, store: PageStore, tools: GraderTools = {}, library?: Promise<RunLibrary>): Player {
  let run: Run | undefined
  let pen = NO_PEN
  const replay = createReplay(store)
  /** Beginnings and ends of runs, one after the other: the GPU holds one model at a time. */
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work)
    queue = next.catch(() => undefined) // whoever asked for the work hears of its failure
    return next
  }

  async function end(): Promise<void> {
    const [old, itsPen] = [run, pen]
    run = undefined
    pen = NO_PEN
    store.setState({ ...NO_RUN, complaint: undefined, shown: { step: 'latest', question: 0 } })
    if (old && old.state !== 'done') itsPen.save(old)
    await old?.close()
    await itsPen.close()
  }

  async function begin(spec: RunSpec, { resume, earlier = [], id }: Beginning = {}): Promise<Run> {
    await end()
    if (library) pen = await openPen(await library, store, spec, id, resume)
    run = create(spec, resume, earlier, pen)
    store.setState({ kept: pen.id, spec, draft: toDraft(spec), reports: earlier, evaluations: [...run.evaluations] })
    return run
  }

  function create(spec: RunSpec, resume: Uint8Array | undefined, earlier: readonly StepReport[], pen: Pen): Run {
    const pace = createPace(spec.steps)
    /** What is shown in its turn, after it is written; a run that has gone from the page shows nothing more. */
    const tell = (change: (page: PageState) => Partial<PageState>) => () => { if (run === next) store.setState(change) }
    const listeners: SteadyListeners = {
      state(state, error) {
        pace.state(state)
        pen.state(state, error?.message, next, tell(() => ({ state, failure: error?.message, ...(isHeld(state) && { pausing: false, live: [] }) })))
      },
      progress: (progress) => { store.setState({ progress }) },
      opened(info) {
        store.setState({ info, progress: undefined })
        pen.opened(info)
      },
      group: (group) => { store.setState(({ live }) => ({ live: withLiveGroup(live, group) })) },
      report(report) {
        const secondsLeft = pace.report(report.step)
        const made = next.reports
        pen.report(report, next, tell(({ live }) => ({
          reports: [...earlier, ...made], live: live.filter(({ step }) => step > report.step), secondsLeft,
        })))
      },
      evaluation(evaluation) {
        pen.evaluation(evaluation, tell(({ evaluations }) => ({ evaluations: [...evaluations, evaluation] })))
      },
      rewound(step, evaluations, why) {
        pen.rewound(step, evaluations, tell(({ reports, library: view }) => ({
          reports: reports.filter((report) => report.step <= step), evaluations, live: [], library: { ...view, notice: why },
        })))
      },
    }
    const next = createSteadyRun(spec, host, onlyWhile(() => run === next, listeners), resume, tools)
    return next
  }

  /** The run on the page, or a new one of the draft; undefined when the draft is wrong, which the page then says. */
  async function current(): Promise<Run | undefined> {
    try {
      // A model that was opened to be asked, and has made no step, gives way to what the form says now.
      const kept = () => (run && asIs(store.getState()) ? run : undefined)
      return kept() ?? (await inTurn(async () => kept() ?? (await begin(parseSpec(store.getState().draft)))))
    } catch (error) {
      store.setState({ complaint: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }

  /** Whether the page shows a run that is only looked at. */
  const seen = () => store.getState().viewing !== undefined

  const player: Player = {
    get run() {
      return run
    },
    replay,
    async play() {
      if (seen()) return replay.play()
      ;(await current())?.play()
    },
    async pause() {
      if (seen()) return replay.pause()
      if (!run) return
      store.setState({ pausing: true })
      await run.pause()
      await pen.idle()
      store.setState({ pausing: false })
    },
    async step() {
      const { viewing } = store.getState()
      if (viewing) return replay.seek(viewing.at + 1)
      await (await current())?.step()
      await pen.idle()
    },
    async toggle() {
      const { state, pausing } = store.getState()
      if ((state === 'running' || state === 'opening') && !pausing) await player.pause()
      else await player.play()
    },
    async reset() {
      if (run && run.state !== 'done') pen.stopped()
      await inTurn(end)
    },
    async prepare(from, resume) {
      const spec = parseSpec(from)
      return inTurn(() => begin(spec, { resume }))
    },
    async recover() {
      const failed = run
      if (!failed) return
      try {
        const bytes = await failed.checkpoint()
        const { spec, position } = readCheckpoint(bytes)
        const earlier = store.getState().reports.filter(({ step }) => step <= position.step)
        await inTurn(() => begin(spec, { resume: bytes, earlier, id: pen.id }))
        await player.play()
      } catch (error) {
        store.setState({ complaint: error instanceof Error ? error.message : String(error) })
      }
    },
    async rehost(swap) {
      const { state } = store.getState()
      const playing = state === 'running' || state === 'opening'
      await player.pause()
      const old = run
      if (!old) return swap()
      try {
        const made = store.getState().reports.length > 0 || old.evaluations.length > 0
        const resume = made ? await old.checkpoint() : undefined
        await swap()
        const { reports, moves } = store.getState()
        await inTurn(() => begin(old.spec, { resume, earlier: reports, id: resume && pen.id }))
        store.setState({ moves: [...moves, reports.at(-1)?.step ?? 0] })
      } finally {
        if (playing) run?.play()
      }
    },
    async goOn(id) {
      const kept = await library
      if (!kept) throw new Error(say`this page keeps no runs, so none can go on.`)
      await inTurn(async () => {
        await end()
        const resume = await kept.checkpoint(id)
        if (!resume) throw new Error(say`this run has no checkpoint, as it ended before its model was open; start it again.`)
        const { spec, position } = readCheckpoint(resume)
        const { reports } = await kept.read(id)
        await begin(spec, { resume, earlier: reports.filter(({ step }) => step <= position.step), id })
      })
      run?.play()
    },
    show: (shown, at) =>
      inTurn(async () => {
        await end()
        replay.show(shown, at)
      }),
    keep() {
      if (run && run.state !== 'done') pen.save(run)
    },
  }
  return player
}

/** Whether the run has begun, or is what the form says. */
function asIs({ spec, draft, reports, evaluations }: PageState): boolean {
  return !spec || reports.length > 0 || evaluations.length > 0 || changesOf(spec, draft)?.length === 0
}

function isHeld(state: RunState): boolean {
  return state === 'paused' || state === 'done' || state === 'failed'
}

/** Listeners that fall silent when their run is no longer the page's: a closed run may still have a word on its way. */
function onlyWhile(holds: () => boolean, listeners: SteadyListeners): SteadyListeners {
  return Object.fromEntries(
    Object.entries(listeners).map(([name, listen]: [string, (...news: unknown[]) => void]) => [
      name,
      (...news: unknown[]) => { if (holds()) listen(...news) },
    ]),
  )
}
