/** A run: one spec, one policy, one journal; played, paused, stepped, reset. */
import { passes, type Grader, type GraderTools } from '../graders/grader'
import type { Host, Progress } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import { START, type Context, type LiveGroup, type Position } from '../rl/algorithm'
import { evaluate } from '../rl/evaluation'
import type { Evaluation, GroupRecord, StepReport } from '../rl/report'
import { loadTokenizer } from '../rl/tokenizer'
import { readCheckpoint, refuseOther, writeCheckpoint } from './checkpoint'
import { openContext, type Opened } from './context'
import { algorithmOf, type RunSpec } from './spec'
import { forgetTokens } from './forget'
import { endingOf, evaluationDue, type Ending } from './stop'

export type RunState = 'idle' | 'opening' | 'running' | 'paused' | 'done' | 'failed'

export type { LiveGroup } from '../rl/algorithm'

export interface RunListeners {
  state?(state: RunState, error?: Error): void
  progress?(progress: Progress): void
  opened?(info: PolicyInfo): void
  group?(group: LiveGroup): void
  report?(report: StepReport): void
  evaluation?(evaluation: Evaluation): void
}

export interface Summary {
  steps: number
  evaluations: readonly Evaluation[]
  /** Generated for training. */
  tokens: number
  seconds: number
  /** What ended the run. */
  reason: Ending
  /** Most bytes of the device's memory that the run held, where the policy knows. */
  memory?: number
}

export interface Run {
  readonly spec: RunSpec
  readonly state: RunState
  readonly reports: readonly StepReport[]
  readonly evaluations: readonly Evaluation[]
  /** Opens the policy if needed and goes on until paused, done or failed. */
  play(): void
  /** Resolves when the step in progress has ended. */
  pause(): Promise<void>
  /** Makes exactly one optimizer step, then pauses. */
  step(): Promise<void>
  /** Ends the run and frees the policy; a closed run stays readable. */
  close(): Promise<void>
  /** Settles when all steps are made; rejects when the run failed. */
  readonly done: Promise<Summary>
  /**
   * The state after the last resumable step where the run is paused or done, after an earlier one while it runs or when it failed; it
   * says after which. Pass it to `createRun` to go on from there.
   */
  checkpoint(): Promise<Uint8Array>
  /** PEFT's files. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
  /**
   * Does something else with the run's policy between two of its steps, which wait meanwhile; opens the model where it is not open yet.
   * Who trains there or moves the adapter puts everything back (save and load), so that the run goes on as if nothing had been. Rejects
   * when the run is closed or has failed, and with whatever `work` rejects with, which does not end the run.
   */
  aside<T>(work: (context: Context) => Promise<T>): Promise<T>
}

/** A run that waits to be played. With `resume` it goes on from there; only steps and evaluation may differ from that spec. */
export function createRun(spec: RunSpec, host: Host, listeners: RunListeners = {}, resume?: Uint8Array, tools: GraderTools = {}): Run {
  return new PlayedRun(spec, host, listeners, tools, resume)
}

/** Share of the time that saving may take while the run goes on: an adapter that takes long to read back is saved more seldom. */
const SAVING = 0.05

class PlayedRun implements Run {
  state: RunState = 'idle'
  /** A new array for each report, so that who holds an earlier one sees it unchanged. */
  reports: readonly StepReport[] = []
  evaluations: readonly Evaluation[] = []
  readonly done: Promise<Summary>

  private settle!: { resolve: (summary: Summary) => void; reject: (error: Error) => void }
  private readonly stopper = new AbortController()
  private readonly resumed
  position: Position = START
  seconds = 0
  private policy: Policy | undefined
  private opened: Opened | undefined
  private steps: AsyncGenerator<StepReport, void, void> | undefined
  /** Whether a run could go on exactly from where this one stands. */
  private resumable = true
  /** What the policy last saved, and where that was. */
  private saved: { position: Position; evaluations: readonly Evaluation[]; policy: Uint8Array } | undefined
  /** When that was done, and how long it took. */
  private saving = { at: 0, took: 0 }
  /** Whoever uses the policy now; the next one waits for it. */
  private turnstile: Promise<unknown> = Promise.resolve()
  /** Seconds that others have used it for while the run's clock was on. */
  private lent = 0
  /** The work in progress; resolved when there is none. */
  private work: Promise<void> = Promise.resolve()
  private wanted = 0
  private closed = false
  /** Stops a download; the next play opens the model again, from what has come. */
  private opening: AbortController | undefined

  constructor(
    readonly spec: RunSpec,
    private readonly host: Host,
    private readonly listeners: RunListeners,
    private readonly tools: GraderTools,
    resume?: Uint8Array,
  ) {
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }))
    this.done.catch(() => undefined) // who does not wait for the end hears of a failure by `state`
    this.resumed = resume && readCheckpoint(resume)
    if (this.resumed) {
      refuseOther(spec, this.resumed.spec)
      this.position = this.resumed.position
      this.seconds = this.resumed.seconds
      this.evaluations = this.resumed.evaluations
      this.saved = { position: this.position, evaluations: this.resumed.evaluations, policy: this.resumed.policy }
    }
  }

  play(): void {
    this.go(Infinity)
  }

  async step(): Promise<void> {
    await this.pause()
    this.go(1)
    await this.work
  }

  async pause(): Promise<void> {
    this.wanted = 0
    this.opening?.abort()
    await this.work
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.stopper.abort()
    await this.pause()
    await this.turnstile
    await this.steps?.return()
    await this.policy?.close()
    if (this.state !== 'done' && this.state !== 'failed') {
      this.turn('paused')
      this.settle.reject(new Error(`the run was closed after ${this.position.step} of ${this.spec.steps} steps`))
    }
  }

  checkpoint(): Promise<Uint8Array> {
    if (!this.saved) return Promise.reject(new Error('the run has no checkpoint before its model is open; play it first'))
    const checkpoint = { spec: this.spec, seconds: this.seconds, ...this.saved }
    return Promise.resolve(writeCheckpoint(checkpoint))
  }

  exportAdapter(): Promise<Record<string, Uint8Array>> {
    if (!this.policy || this.closed) return Promise.reject(new Error('the run has no adapter while its model is not open; play it first'))
    return this.policy.exportAdapter()
  }

  async aside<T>(work: (context: Context) => Promise<T>): Promise<T> {
    const { state } = this
    if (this.closed || state === 'failed') throw new Error('the run has ended and its model is closed; reset, and play it again')
    if (state === 'idle') {
      this.go(0)
      await this.work
    }
    return this.alone(async () => {
      if (this.closed || !this.opened) throw new Error('the model did not open, so nothing can be asked of it; see what the page says of the run')
      const since = performance.now()
      try {
        return await work(this.opened.context)
      } finally {
        this.lent += (performance.now() - since) / 1000
      }
    })
  }

  /** One after the other, in the order of asking. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turnstile.then(work)
    this.turnstile = mine.catch(() => undefined) // whoever asked hears of it
    return mine
  }

  /** Makes up to `count` steps from now on; joins the work in progress, if there is any. */
  private go(count: number): void {
    if (this.closed || this.state === 'done' || this.state === 'failed') return
    this.wanted = count
    if (this.state === 'opening' || this.state === 'running') return
    if (!this.policy) this.opening = new AbortController() // before anything is awaited, so that a pause finds it
    this.turn(this.policy ? 'running' : 'opening')
    this.work = this.drive()
  }

  private async drive(): Promise<void> {
    let since = performance.now()
    const clock = () => {
      this.seconds += (performance.now() - since) / 1000 - this.lent
      this.lent = 0
      since = performance.now()
    }
    this.lent = 0
    try {
      const { opened, steps } = await this.alone(() => this.open())
      this.turn('running')
      if (this.wanted > 0) await this.alone(() => this.evaluateIfDue(opened))
      clock()
      while (this.wanted > 0 && !this.ending()) {
        this.wanted--
        await this.alone(async () => {
          const { value } = await steps.next()
          if (!value) throw new Error(`the algorithm ended after ${this.position.step} of ${this.spec.steps} steps`)
          await this.take(value, opened)
          await this.evaluateIfDue(opened)
        })
        clock()
      }
      clock()
      const reason = this.ending()
      await this.alone(async () => {
        if (reason && reason !== 'steps') await this.evaluateIfDue(opened, true)
        await this.save()
      })
      if (!reason) return this.turn('paused')
      const memory = await this.policy?.memory?.()
      this.turn('done')
      this.settle.resolve({
        steps: this.position.step,
        evaluations: this.evaluations,
        tokens: this.position.generatedTokens,
        seconds: this.seconds,
        reason,
        ...(memory && { memory: memory.peak }),
      })
    } catch (thrown) {
      clock()
      if (this.closed) return
      if (this.opening?.signal.aborted && (thrown as Error).name === 'AbortError') return this.turn('paused')
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.turn('failed', error)
      this.settle.reject(error)
    }
  }

  /** What the run works with and the generator of its steps; opened on the first call. */
  private async open() {
    if (this.opened && this.steps) return { opened: this.opened, steps: this.steps }
    const { spec, host, resumed, listeners } = this
    this.opening?.signal.throwIfAborted()
    const { model, file, adapter } = spec
    const algorithm = algorithmOf(spec.algorithm)
    const wanted = { model, file, adapter, valueHead: algorithm.valueHead ?? false, signal: this.opening?.signal }
    const [policy, tokenizer] = await Promise.all([
      host.open(wanted, (progress) => listeners.progress?.(progress)),
      loadTokenizer((path) => host.file(spec.model, path)),
    ])
    this.opening = undefined
    this.policy = policy
    this.stopper.signal.throwIfAborted()
    await algorithm.prepare(policy, spec.algorithm)
    if (resumed) await policy.load(resumed.policy)
    await this.save()
    listeners.opened?.(policy.info)
    const listening = { signal: this.stopper.signal, onGroup: (group: LiveGroup) => listeners.group?.(group) }
    this.opened = await openContext(spec, { policy, tokenizer }, this.tools, () => this.position, listening)
    this.steps = algorithm.run(this.opened.context, slowed(spec.algorithm, this.position.rate))
    return { opened: this.opened, steps: this.steps }
  }

  /** Saves the policy where the run stands, unless that is done or a run could not go on from here. */
  private async save(): Promise<void> {
    if (!this.resumable || this.saved?.position === this.position) return
    const since = performance.now()
    this.saved = { position: this.position, evaluations: this.evaluations, policy: await this.policy!.save() }
    this.saving = { at: performance.now(), took: performance.now() - since }
  }

  private async take(made: StepReport, { climb, context, failures }: Opened): Promise<void> {
    climb?.observe(made.groups.map((group) => successOf(group, context.graders[0]!)))
    const standing = climb?.standing
    const level: Record<string, number> = standing ? { 'curriculum/level': standing.level + 1 } : {}
    const { counts, trouble } = failures()
    const report = { ...made, metrics: { ...made.metrics, ...counts, ...level }, ...(trouble !== undefined && { trouble }) }
    const { step, metrics, resumable, state } = report
    const { num_tokens: numTokens = 0, generated_tokens: generatedTokens = 0, questions = 0 } = metrics
    const { rate } = this.position
    this.position = {
      step, numTokens, generatedTokens, questions,
      ...(rate !== undefined && { rate }), ...(state && { state }), ...(standing && { curriculum: standing }),
    } // prettier-ignore
    this.resumable = resumable
    if (performance.now() - this.saving.at >= this.saving.took / SAVING) await this.save()
    this.reports = forgetTokens([...this.reports, report])
    this.listeners.report?.(report)
  }

  private ending(): Ending | undefined {
    return endingOf(this.spec, this)
  }

  private async evaluateIfDue({ evaluationContext }: Opened, ended = false): Promise<void> {
    if (!evaluationDue(this.spec, this, ended)) return
    const since = performance.now()
    const seconds = () => this.seconds + (performance.now() - since) / 1000
    const evaluation = await evaluate(evaluationContext, this.spec.evaluation, this.position, seconds)
    this.evaluations = [...this.evaluations, evaluation]
    if (this.saved?.position === this.position) this.saved.evaluations = this.evaluations
    this.listeners.evaluation?.(evaluation)
  }

  private turn(state: RunState, error?: Error): void {
    if (this.state === state) return
    this.state = state
    this.listeners.state?.(state, error)
  }
}

/** Settings whose learning rates are a share of what they were. */
function slowed<S extends object>(settings: S, share = 1): S {
  if (share === 1) return settings
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, /(^|_)learning_rate$/.test(name) && typeof value === 'number' ? value * share : value]),
  ) as S
}

/** The share of a group's completions that pass by the grader. */
function successOf({ completions }: GroupRecord, judge: Grader): number {
  return completions.filter(({ scores }) => passes(judge, scores[judge.name])).length / completions.length
}
