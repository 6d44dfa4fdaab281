/** A run: one spec, one policy, one journal; played, paused, stepped, reset. */
import { graders } from '../graders/index'
import type { Host, Progress } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import { START, type Context, type LiveGroup, type Position } from '../rl/algorithm'
import { evaluate } from '../rl/evaluation'
import type { Evaluation, StepReport } from '../rl/report'
import { loadTokenizer } from '../rl/tokenizer'
import { readCheckpoint, writeCheckpoint } from './checkpoint'
import { algorithmOf, taskKindOf, type RunSpec } from './spec'

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
  /** The state after the last resumable step: pass it to `createRun` to go on from there. */
  checkpoint(): Promise<Uint8Array>
  /** PEFT's files. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
}

/** A run that waits to be played. With `resume` it goes on from there; only steps and evaluation may differ from that spec. */
export function createRun(spec: RunSpec, host: Host, listeners: RunListeners = {}, resume?: Uint8Array): Run {
  return new PlayedRun(spec, host, listeners, resume)
}

class PlayedRun implements Run {
  state: RunState = 'idle'
  /** A new array for each report, so that who holds an earlier one sees it unchanged. */
  reports: readonly StepReport[] = []
  evaluations: readonly Evaluation[] = []
  readonly done: Promise<Summary>

  private settle!: { resolve: (summary: Summary) => void; reject: (error: Error) => void }
  private readonly stopper = new AbortController()
  private readonly resumed
  private position: Position = START
  private seconds = 0
  private policy: Policy | undefined
  private context: Context | undefined
  private steps: AsyncGenerator<StepReport, void, void> | undefined
  /** What the policy saved after the last resumable step, and where that was. */
  private saved: { position: Position; evaluations: readonly Evaluation[]; policy: Uint8Array } | undefined
  /** The work in progress; resolved when there is none. */
  private work: Promise<void> = Promise.resolve()
  private wanted = 0
  private closed = false

  constructor(
    readonly spec: RunSpec,
    private readonly host: Host,
    private readonly listeners: RunListeners,
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
    await this.work
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.stopper.abort()
    await this.pause()
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

  /** Makes up to `count` steps from now on; joins the work in progress, if there is any. */
  private go(count: number): void {
    if (this.closed || this.state === 'done' || this.state === 'failed') return
    this.wanted = count
    if (this.state === 'opening' || this.state === 'running') return
    this.turn(this.policy ? 'running' : 'opening')
    this.work = this.drive()
  }

  private async drive(): Promise<void> {
    let since = performance.now()
    const clock = () => {
      this.seconds += (performance.now() - since) / 1000
      since = performance.now()
    }
    try {
      const { context, steps } = await this.open()
      this.turn('running')
      if (this.wanted > 0) await this.evaluateIfDue(context)
      while (this.wanted > 0 && this.position.step < this.spec.steps) {
        this.wanted--
        const { value } = await steps.next()
        if (!value) throw new Error(`the algorithm ended after ${this.position.step} of ${this.spec.steps} steps`)
        await this.take(value)
        await this.evaluateIfDue(context)
        clock()
      }
      clock()
      if (this.position.step < this.spec.steps) return this.turn('paused')
      this.turn('done')
      this.settle.resolve({
        steps: this.position.step,
        evaluations: this.evaluations,
        tokens: this.position.generatedTokens,
        seconds: this.seconds,
      })
    } catch (thrown) {
      clock()
      if (this.closed) return
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      this.turn('failed', error)
      this.settle.reject(error)
    }
  }

  /** The policy and the generator of steps; opened on the first call. */
  private async open() {
    if (this.context && this.steps) return { context: this.context, steps: this.steps }
    const { spec, host, resumed, listeners } = this
    const [policy, tokenizer] = await Promise.all([
      host.open({ model: spec.model, adapter: spec.adapter }, (progress) => listeners.progress?.(progress)),
      loadTokenizer((path) => host.file(spec.model, path)),
    ])
    this.policy = policy
    this.stopper.signal.throwIfAborted()
    const algorithm = algorithmOf(spec.algorithm)
    await algorithm.prepare(policy, spec.algorithm)
    if (resumed) await policy.load(resumed.policy)
    else this.saved = { position: START, evaluations: [], policy: await policy.save() }
    listeners.opened?.(policy.info)
    this.context = {
      policy,
      tokenizer,
      task: taskKindOf(spec.task).create(spec.task),
      graders: spec.graders.map(({ name, weight }) => ({ ...graders[name], weight })),
      seed: spec.seed,
      steps: spec.steps,
      from: this.position,
      signal: this.stopper.signal,
      onGroup: (group: LiveGroup) => listeners.group?.(group),
    }
    this.steps = algorithm.run(this.context, spec.algorithm)
    return { context: this.context, steps: this.steps }
  }

  private async take(report: StepReport): Promise<void> {
    const { step, metrics, resumable } = report
    this.position = { step, numTokens: metrics.num_tokens ?? 0, generatedTokens: metrics.generated_tokens ?? 0 }
    if (resumable) this.saved = { position: this.position, evaluations: this.evaluations, policy: await this.policy!.save() }
    this.reports = [...this.reports, report]
    this.listeners.report?.(report)
  }

  /** Evaluates at the start, every so many steps and at the end, once for each of these. */
  private async evaluateIfDue(context: Context): Promise<void> {
    const { every, problems, at_start } = this.spec.evaluation
    const { step } = this.position
    const due = step === 0 ? at_start : step === this.spec.steps || (every > 0 && step % every === 0)
    if (!due || problems === 0 || this.evaluations.some((evaluation) => evaluation.step === step)) return
    const evaluation = await evaluate(context, this.spec.evaluation, this.position)
    this.evaluations = [...this.evaluations, evaluation]
    if (this.saved?.position.step === step) this.saved.evaluations = this.evaluations
    this.listeners.evaluation?.(evaluation)
  }

  private turn(state: RunState, error?: Error): void {
    if (this.state === state) return
    this.state = state
    this.listeners.state?.(state, error)
  }
}

/** A checkpoint goes on only with its own spec; but the run may be made longer, or be evaluated in another way. */
function refuseOther(spec: RunSpec, saved: RunSpec): void {
  for (const key of Object.keys(spec) as (keyof RunSpec)[])
    if (key !== 'steps' && key !== 'evaluation' && JSON.stringify(spec[key]) !== JSON.stringify(saved[key]))
      throw new Error(
        `the checkpoint is of another run: its ${key} is ${JSON.stringify(saved[key])}, the spec's is ${JSON.stringify(spec[key])}`,
      )
}
