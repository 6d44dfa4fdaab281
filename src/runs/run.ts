/** A run: one spec, one policy, one journal; played, paused, stepped, reset. */
import { countFailures } from '../graders/failures'
import { passes, type GraderTools } from '../graders/grader'
import { createGrader } from '../graders/index'
import { readAddress } from '../hub/address'
import type { Host, Progress } from '../policy/host'
import type { Policy, PolicyInfo } from '../policy/policy'
import { START, type Context, type LiveGroup, type Position } from '../rl/algorithm'
import { evaluate } from '../rl/evaluation'
import type { Evaluation, GroupRecord, StepReport } from '../rl/report'
import { loadTokenizer, type Tokenizer } from '../rl/tokenizer'
import { curriculum, type Curriculum } from '../tasks/curriculum'
import { motivated, shownAt, statedRules } from '../tasks/motivation'
import type { Message, Task } from '../tasks/task'
import { readCheckpoint, writeCheckpoint } from './checkpoint'
import { algorithmOf, gradersOf, taskKindOf, type RunSpec, type StopSpec, type TaskSpec } from './spec'

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
  /** What ended the run: its last step, or one of the spec's stop rules. */
  reason: 'steps' | keyof StopSpec
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
  /** The state after the last resumable step: pass it to `createRun` to go on from there. */
  checkpoint(): Promise<Uint8Array>
  /** PEFT's files. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
}

/** A run that waits to be played. With `resume` it goes on from there; only steps and evaluation may differ from that spec. */
export function createRun(spec: RunSpec, host: Host, listeners: RunListeners = {}, resume?: Uint8Array, tools: GraderTools = {}): Run {
  return new PlayedRun(spec, host, listeners, tools, resume)
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
  private readonly tasks = new Map<TaskSpec, Task>()
  /** What graders failed at since the last report. */
  private failures: () => Record<string, number> = () => ({})
  private climb: Curriculum | undefined
  private steps: AsyncGenerator<StepReport, void, void> | undefined
  /** What the policy saved after the last resumable step, and where that was. */
  private saved: { position: Position; evaluations: readonly Evaluation[]; policy: Uint8Array } | undefined
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
    private tools: GraderTools,
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
      clock()
      while (this.wanted > 0 && !this.ending()) {
        this.wanted--
        const { value } = await steps.next()
        if (!value) throw new Error(`the algorithm ended after ${this.position.step} of ${this.spec.steps} steps`)
        await this.take(value)
        await this.evaluateIfDue(context)
        clock()
      }
      clock()
      const reason = this.ending()
      if (!reason) return this.turn('paused')
      if (reason !== 'steps') await this.evaluateIfDue(context, true)
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

  /** The policy and the generator of steps; opened on the first call. */
  private async open() {
    if (this.context && this.steps) return { context: this.context, steps: this.steps }
    const { spec, host, resumed, listeners } = this
    this.opening = new AbortController()
    const { model, file, adapter } = spec
    const wanted = { model, file, adapter, valueHead: algorithmOf(spec.algorithm).valueHead ?? false, signal: this.opening.signal }
    const [policy, tokenizer] = await Promise.all([
      host.open(wanted, (progress) => listeners.progress?.(progress)),
      loadTokenizer((path) => host.file(spec.model, path)),
    ])
    this.opening = undefined
    this.policy = policy
    this.stopper.signal.throwIfAborted()
    const algorithm = algorithmOf(spec.algorithm)
    await algorithm.prepare(policy, spec.algorithm)
    if (resumed) await policy.load(resumed.policy)
    else this.saved = { position: START, evaluations: [], policy: await policy.save() }
    listeners.opened?.(policy.info)
    for (const task of new Set([spec.task, ...(spec.curriculum?.levels ?? []), spec.evaluation.task, ...spec.evaluation.variants.map(({ task }) => task)]))
      if (task) this.tasks.set(task, await openTask(task))
    this.tools = { complete: loadedModel(policy, tokenizer), ...this.tools }
    const { graders, take } = countFailures(spec.graders.map((grader) => createGrader(grader, this.tools)))
    this.failures = take
    const levels = spec.curriculum?.levels.map((level) => this.tasks.get(level)!)
    this.climb = levels && curriculum(levels, spec.curriculum!, this.position.curriculum)
    const task = this.climb?.task ?? this.tasks.get(spec.task)!
    this.context = {
      policy,
      tokenizer,
      task: motivated(task, statedRules(undefined, spec.motivation, task, graders), () =>
        shownAt(spec.seed, this.position.step + 1, spec.motivation?.share ?? 0),
      ),
      graders,
      seed: spec.seed,
      steps: spec.steps,
      tokens: spec.stop.tokens,
      from: this.position,
      signal: this.stopper.signal,
      onGroup: (group: LiveGroup) => listeners.group?.(group),
    }
    this.steps = algorithm.run(this.context, spec.algorithm)
    return { context: this.context, steps: this.steps }
  }

  private async take(made: StepReport): Promise<void> {
    this.climb?.observe(made.groups.map((group) => this.successOf(group)))
    const standing = this.climb?.standing
    const level: Record<string, number> = standing ? { 'curriculum/level': standing.level + 1 } : {}
    const report = { ...made, metrics: { ...made.metrics, ...this.failures(), ...level } }
    const { step, metrics, resumable, state } = report
    const { num_tokens: numTokens = 0, generated_tokens: generatedTokens = 0, questions = 0 } = metrics
    this.position = { step, numTokens, generatedTokens, questions, ...(state && { state }), ...(standing && { curriculum: standing }) }
    if (resumable) this.saved = { position: this.position, evaluations: this.evaluations, policy: await this.policy!.save() }
    this.reports = [...this.reports, report]
    this.listeners.report?.(report)
  }

  /** The share of a group's completions that pass by the first grader. */
  private successOf({ completions }: GroupRecord): number {
    const [judge] = this.context!.graders
    const passed = completions.filter(({ scores }) => passes(judge!, scores[judge!.name]))
    return passed.length / completions.length
  }

  /** What ends the run here; undefined while it goes on. */
  private ending(): Summary['reason'] | undefined {
    const { steps, stop } = this.spec
    if (this.position.step >= steps) return 'steps'
    if (stop.tokens !== undefined && this.position.generatedTokens >= stop.tokens) return 'tokens'
    if (stop.seconds !== undefined && this.seconds >= stop.seconds) return 'seconds'
    if (stop.patience === undefined || this.evaluations.length <= stop.patience) return undefined
    const accuracies = this.evaluations.map(({ accuracy }) => accuracy)
    const before = Math.max(...accuracies.slice(0, -stop.patience))
    return accuracies.slice(-stop.patience).every((accuracy) => accuracy <= before) ? 'patience' : undefined
  }

  /** Evaluates at the start, every so many steps or tokens and at the end, once for each of these. */
  private async evaluateIfDue(context: Context, ended = false): Promise<void> {
    const { evaluation: settings, task, steps, motivation } = this.spec
    const { every, every_tokens, problems, at_start, variants } = settings
    const { step, generatedTokens } = this.position
    const last = this.evaluations.at(-1)
    const spent = every_tokens !== undefined && Math.floor(generatedTokens / every_tokens) > Math.floor((last?.numTokens ?? 0) / every_tokens)
    const due = step === 0 ? at_start : ended || spent || step === steps || (every > 0 && step % every === 0)
    if (!due || problems === 0 || this.evaluations.some((evaluation) => evaluation.step === step)) return
    const contextOf = (name?: string): Context => {
      const variant = variants.find((variant) => variant.name === name)
      const chosen = variant?.task ?? settings.task ?? task
      const [judge = this.spec.graders[0]!] = gradersOf(chosen) // a task without graders of its own is judged by the run's
      const asked = this.tasks.get(chosen)!
      const rules = statedRules(variant?.motivation ?? settings.motivation, motivation, asked, context.graders)
      return { ...context, task: motivated(asked, rules), graders: [createGrader({ ...judge, weight: 1 }, this.tools)], onGroup: undefined }
    }
    const since = performance.now()
    const seconds = () => this.seconds + (performance.now() - since) / 1000
    const evaluation = await evaluate(contextOf, settings, this.position, seconds)
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

/** The model without the adapter goes on from a chat, for graders that ask it; one after another, whoever asks. */
function loadedModel(policy: Policy, tokenizer: Tokenizer): NonNullable<GraderTools['complete']> {
  let last: Promise<unknown> = Promise.resolve()
  return (messages, { maxTokens, temperature, seed }) => {
    const key = { seed, purpose: 'chat' as const, step: 0, prompt: 0 }
    const answer = last.then(async () => {
      const prompt = tokenizer.prompt(messages as Message[])
      const [group] = await policy.sample([prompt], { n: 1, maxTokens, temperature, stop: policy.info.eos, adapter: 'off', key })
      return tokenizer.decode(group![0]!.tokens)
    })
    last = answer.catch(() => undefined)
    return answer
  }
}

/** What may differ between a checkpoint's spec and the one that goes on from it. */
const FREE = new Set<keyof RunSpec>(['steps', 'stop', 'evaluation', 'notes'])

/** The task, after reading the files that it needs. */
export async function openTask(spec: TaskSpec): Promise<Task> {
  const kind = taskKindOf(spec)
  const files = await Promise.all((kind.files?.(spec) ?? []).map(readAddress))
  return kind.create(spec, files)
}

/** A checkpoint goes on only with its own spec; but the run may be made longer, or be evaluated in another way. */
function refuseOther(spec: RunSpec, saved: RunSpec): void {
  for (const key of Object.keys(spec) as (keyof RunSpec)[])
    if (!FREE.has(key) && JSON.stringify(spec[key]) !== JSON.stringify(saved[key]))
      throw new Error(
        `the checkpoint is of another run: its ${key} is ${JSON.stringify(saved[key])}, the spec's is ${JSON.stringify(spec[key])}`,
      )
}
