/**
 * Play, pause, step, reset: owns the one run of the page and writes what it tells into the store.
 * It decides only when the run goes on; what a step is, the run knows.
 */
import type { GraderTools } from '../graders/grader'
import type { Host } from '../policy/host'
import type { StepReport } from '../rl/report'
import { readCheckpoint } from '../runs/checkpoint'
import { createRun, type Run, type RunListeners, type RunState } from '../runs/run'
import { parseSpec, type RunSpec } from '../runs/spec'
import { toDraft } from './draft'
import { createPace } from './pace'
import { NO_RUN, withLiveGroup, type PageStore } from './store'

export interface Player {
  /** The run on the page, if there is one. */
  readonly run: Run | undefined
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
}

export function createPlayer(host: Host, store: PageStore, tools: GraderTools = {}): Player {
  let run: Run | undefined
  /** Beginnings and ends of runs, one after the other: the GPU holds one model at a time. */
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = queue.then(work)
    queue = next.catch(() => undefined) // whoever asked for the work hears of its failure
    return next
  }

  async function end(): Promise<void> {
    const old = run
    run = undefined
    store.setState({ ...NO_RUN, complaint: undefined, shown: { step: 'latest', question: 0 } })
    await old?.close()
  }

  async function begin(spec: RunSpec, resume?: Uint8Array, earlier: readonly StepReport[] = []): Promise<Run> {
    await end()
    run = create(spec, resume, earlier)
    store.setState({ spec, draft: toDraft(spec), reports: earlier, evaluations: [...run.evaluations] })
    return run
  }

  function create(spec: RunSpec, resume: Uint8Array | undefined, earlier: readonly StepReport[]): Run {
    const pace = createPace(spec.steps)
    const listeners: RunListeners = {
      state(state, error) {
        pace.state(state)
        store.setState({ state, failure: error?.message, ...(isHeld(state) ? { pausing: false, live: [] } : {}) })
      },
      progress: (progress) => { store.setState({ progress }) },
      opened: (info) => { store.setState({ info, progress: undefined }) },
      group: (group) => { store.setState(({ live }) => ({ live: withLiveGroup(live, group) })) },
      report(report) {
        store.setState({ reports: [...earlier, ...next.reports], live: [], secondsLeft: pace.report(report.step) })
      },
      evaluation: (evaluation) => { store.setState(({ evaluations }) => ({ evaluations: [...evaluations, evaluation] })) },
    }
    const next = createRun(spec, host, onlyWhile(() => run === next, listeners), resume, tools)
    return next
  }

  /** The run on the page, or a new one of the draft; undefined when the draft is wrong, which the page then says. */
  async function current(): Promise<Run | undefined> {
    try {
      return run ?? (await inTurn(async () => run ?? (await begin(parseSpec(store.getState().draft)))))
    } catch (error) {
      store.setState({ complaint: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }

  const player: Player = {
    get run() {
      return run
    },
    async play() {
      (await current())?.play()
    },
    async pause() {
      if (!run) return
      store.setState({ pausing: true })
      await run.pause()
      store.setState({ pausing: false })
    },
    async step() {
      await (await current())?.step()
    },
    async toggle() {
      const { state, pausing } = store.getState()
      if ((state === 'running' || state === 'opening') && !pausing) await player.pause()
      else await player.play()
    },
    reset: () => inTurn(end),
    async prepare(from, resume) {
      const spec = parseSpec(from)
      return inTurn(() => begin(spec, resume))
    },
    async recover() {
      const failed = run
      if (!failed) return
      try {
        const bytes = await failed.checkpoint()
        const { spec, position } = readCheckpoint(bytes)
        const earlier = store.getState().reports.filter(({ step }) => step <= position.step)
        await inTurn(() => begin(spec, bytes, earlier))
        await player.play()
      } catch (error) {
        store.setState({ complaint: error instanceof Error ? error.message : String(error) })
      }
    },
  }
  return player
}

function isHeld(state: RunState): boolean {
  return state === 'paused' || state === 'done' || state === 'failed'
}

/** Listeners that fall silent when their run is no longer the page's: a closed run may still have a word on its way. */
function onlyWhile(holds: () => boolean, listeners: RunListeners): RunListeners {
  return Object.fromEntries(
    Object.entries(listeners).map(([name, listen]: [string, (...news: unknown[]) => void]) => [
      name,
      (...news: unknown[]) => { if (holds()) listen(...news) },
    ]),
  )
}
