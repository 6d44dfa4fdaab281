/**
 * A run that outlives its device. When the device is lost (a driver's reset, sleep) or has no memory left, the model is opened again and
 * the run goes on from its last checkpoint: at most three times in ten minutes, then it fails with its state saved. Steps that are made
 * again are the same ones, as every run is exact. Where memory ran out, a micro-batch gets half of what it had, which changes no number.
 * A loss or gradient that is not finite is never applied; where the spec says so (stop.not_finite), the run goes back as well, and on
 * with half the learning rate.
 */
import type { GraderTools } from '../graders/grader'
import type { Host } from '../policy/host'
import type { Context } from '../rl/algorithm'
import type { Evaluation, StepReport } from '../rl/report'
import { readCheckpoint, writeCheckpoint } from './checkpoint'
import { createRun, type Run, type RunListeners, type RunState, type Summary } from './run'
import type { RunSpec } from './spec'

export interface SteadyListeners extends RunListeners {
  /** The run goes on after this step, with these evaluations: what was told of later ones will be told again. `why` is for people. */
  rewound?(step: number, evaluations: readonly Evaluation[], why: string): void
}

const TIMES = 3
const WITHIN = 10 * 60_000 // ms
/** Halvings of the micro-batch's memory before giving up. */
const HALVINGS = 4
/** Halvings of the learning rate before giving up. */
const SLOWINGS = 6

/** @param now milliseconds, for tests */
export function createSteadyRun(
  spec: RunSpec,
  host: Host,
  listeners: SteadyListeners = {},
  resume?: Uint8Array,
  tools: GraderTools = {},
  now = () => performance.now(),
): Run {
  return new SteadyRun(spec, host, listeners, resume, tools, now)
}

const HOW: Record<string, string> = {
  DeviceLost: 'on the device anew',
  OutOfMemory: 'with micro-batches of half the size',
  NotFinite: 'with half the learning rate',
}

class SteadyRun implements Run {
  state: RunState = 'idle'
  readonly done: Promise<Summary>
  private settle!: { resolve: (summary: Summary) => void; reject: (error: Error) => void }
  private inner: Run
  /** Steps that were made before the model was opened last. */
  private earlier: readonly StepReport[] = []
  private recovering: Promise<void> = Promise.resolve()
  private losses: number[] = []
  private halvings = 0
  /** How often the learning rate was halved. */
  private slowings = 0
  /** The step to go on to once recovered; undefined: stay. */
  private target: number | undefined
  private closed = false

  constructor(
    readonly spec: RunSpec,
    private readonly host: Host,
    private readonly listeners: SteadyListeners,
    resume: Uint8Array | undefined,
    private readonly tools: GraderTools,
    private readonly now: () => number,
  ) {
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }))
    this.done.catch(() => undefined) // who does not wait for the end hears of a failure by `state`
    this.inner = this.begin(resume)
  }

  get reports(): readonly StepReport[] {
    return this.earlier.length === 0 ? this.inner.reports : [...this.earlier, ...this.inner.reports]
  }

  get evaluations(): readonly Evaluation[] {
    return this.inner.evaluations
  }

  play(): void {
    this.target = Infinity
    this.inner.play()
  }

  async step(): Promise<void> {
    await this.pause()
    this.target = this.made() + 1
    await this.inner.step()
    await this.recovering
    this.target = undefined
  }

  async pause(): Promise<void> {
    this.target = undefined
    await this.inner.pause()
    await this.recovering
    await this.inner.pause()
  }

  async close(): Promise<void> {
    this.closed = true
    await this.recovering
    await this.inner.close()
  }

  async checkpoint(): Promise<Uint8Array> {
    await this.recovering
    return this.inner.checkpoint()
  }

  async exportAdapter(): Promise<Record<string, Uint8Array>> {
    await this.recovering
    return this.inner.exportAdapter()
  }

  async aside<T>(work: (context: Context) => Promise<T>): Promise<T> {
    await this.recovering
    return this.inner.aside(work)
  }

  private made(): number {
    return this.reports.at(-1)?.step ?? this.evaluations.at(-1)?.step ?? 0
  }

  private begin(resume: Uint8Array | undefined): Run {
    const { spec, host, tools, halvings } = this
    const roomy: Host = halvings === 0 ? host : { ...host, open: (options, onProgress) => host.open({ ...options, activations: 0.5 ** halvings }, onProgress) }
    const inner: Run = createRun(spec, roomy, { ...this.listeners, state: (state, error) => this.turn(state, error) }, resume, tools)
    inner.done.then(
      (summary) => this.settle.resolve(summary),
      () => undefined, // told by its state
    )
    return inner
  }

  private turn(state: RunState, error?: Error): void {
    if (state === 'failed' && error && this.canRecover(error)) {
      this.recovering = this.recover(error).catch((failure: unknown) => this.fail(failure instanceof Error ? failure : new Error(String(failure))))
      return
    }
    if (state === 'failed') return this.fail(error ?? new Error('the run failed without a reason'))
    this.tell(state)
  }

  private fail(error: Error): void {
    this.settle.reject(error)
    this.tell('failed', error)
  }

  private tell(state: RunState, error?: Error): void {
    if (this.state === state) return
    this.state = state
    this.listeners.state?.(state, error)
  }

  private canRecover({ name }: Error): boolean {
    if (this.closed) return false
    if (name === 'NotFinite') return this.spec.stop.not_finite === 'halve_rate' && ++this.slowings <= SLOWINGS
    if (name !== 'DeviceLost' && name !== 'OutOfMemory') return false
    if (name === 'OutOfMemory' && this.halvings >= HALVINGS) return false
    const at = this.now()
    this.losses = [...this.losses.filter((before) => at - before < WITHIN), at]
    return this.losses.length <= TIMES
  }

  private async recover(error: Error): Promise<void> {
    const failed = this.inner
    const saved = await failed.checkpoint().catch(() => {
      throw error // before the model was open there is nothing to go on from
    })
    await failed.close().catch(() => undefined) // a lost device gives nothing back
    const checkpoint = readCheckpoint(saved)
    const { position, evaluations } = checkpoint
    const slower = { ...position, rate: (position.rate ?? 1) / 2 }
    const bytes = error.name === 'NotFinite' ? writeCheckpoint({ ...checkpoint, position: slower }) : saved
    this.earlier = this.reports.filter(({ step }) => step <= position.step)
    if (error.name === 'OutOfMemory') this.halvings++
    this.inner = this.begin(bytes)
    this.listeners.rewound?.(position.step, evaluations, `${error.message} The run goes on from step ${position.step}, ${HOW[error.name]!}.`)
    if (this.closed || this.target === undefined) return this.tell('paused')
    if (this.target === Infinity) return this.inner.play()
    while (this.target !== undefined && this.made() < this.target && this.inner.state !== 'failed' && this.inner.state !== 'done') await this.inner.step()
  }
}
