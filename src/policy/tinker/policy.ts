/**
 * A policy on a server that speaks the Tinker wire. Losses stay here: forward asks for log-probs, backward sends −slope in the form that
 * the server adds up plainly (profile.ts), and step makes the optimizer step. Weights are published for sampling when they have changed.
 */
import type {
  Adapter, AdamW, Batch, Completion, Forward, OnTokens, PerToken, Policy, PolicyInfo, SampleOptions, Slope, Tokens,
} from '../policy'
import { decodeResult, type CallResult, type WireRow } from './codec'
import { ignored, type EngineProfile } from './profile'
import { backwardRows, own, pieces, shifted } from './rows'
import { Sampling } from './sampling'
import type { RemoteModel, Session } from './session'
import * as shapes from './shapes'
import { State } from './state'

/** Of one call of forward_backward; servers refuse more. */
const MOST = { rows: 1024, bytes: 4_000_000 }

export interface TinkerPolicyOptions {
  session: Session
  model: RemoteModel
  profile: EngineProfile
  info: PolicyInfo
  /** A new model as opening made this one. */
  make: () => Promise<RemoteModel>
}

export class TinkerPolicy implements Policy {
  readonly info: PolicyInfo
  private readonly profile: EngineProfile
  private readonly session: Session
  private model: RemoteModel
  private readonly make: () => Promise<RemoteModel>
  private readonly state: State
  private readonly sampling: Sampling
  private passes = 0
  private pass: { id: number; batch: Batch; logprob: PerToken } | undefined
  /** Gradients that wait for the step, where the server divides by the number of the step's rows. */
  private waiting: { batch: Batch; slope: Slope; logprob: PerToken }[] = []

  constructor({ session, model, profile, info, make }: TinkerPolicyOptions) {
    this.info = info
    this.profile = profile
    this.session = session
    this.model = model
    this.make = make
    this.state = new State(session, profile)
    this.sampling = new Sampling(session, profile, info.model, this.state, () => this.model)
  }

  sample(prompts: Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]> {
    return this.sampling.sample(prompts, options, onTokens)
  }

  async logprobs(batch: Batch, adapter: Adapter): Promise<PerToken> {
    if (this.profile.route === 'own' || adapter === 'current') {
      const rows = await this.score(batch, adapter)
      return rows.map(({ logprobs }) => logprobs!)
    }
    return this.sampling.score(batch, adapter)
  }

  async forward(batch: Batch): Promise<Forward> {
    const rows = await this.score(batch, 'current')
    const logprob = rows.map(({ logprobs }) => logprobs!)
    this.pass = { id: ++this.passes, batch, logprob }
    const entropy = rows.map(({ entropy }, b) => entropy ?? logprob[b]!.map(() => NaN)) // not said by this server
    const value = this.info.can.valueHead ? rows.map(({ value }) => value!) : undefined
    return { id: this.passes, logprob, entropy, ...(value && { value }) }
  }

  async backward(id: number, slope: Slope): Promise<void> {
    const { pass } = this
    if (pass?.id !== id) throw new Error(`backward got pass ${id}, which is gone; call it once, right after its forward`)
    if (slope.entropy && !this.info.can.entropySlope) throw new Error(`${this.url} takes no slope of the entropy`)
    if (slope.value && !this.info.can.valueHead) throw new Error(`there is a slope of values, but ${this.url} was opened without a value head`)
    if (!slope.logprob.flat().every(Number.isFinite)) throw new Error('a slope is not finite; nothing was sent')
    this.pass = undefined
    const gradient = { batch: pass.batch, slope, logprob: pass.logprob }
    if (this.profile.route === 'importance' && this.profile.rows === 'mean') this.waiting.push(gradient)
    else await this.add(gradient, pass.batch.rows.length)
  }

  async step(adamw: AdamW): Promise<{ gradNorm: number }> {
    const [objection] = ignored(this.profile, adamw)
    if (objection !== undefined) throw new Error(`${this.url}: ${objection}`)
    const rows = this.waiting.reduce((all, { batch }) => all + batch.rows.length, 0)
    for (const gradient of this.waiting.splice(0)) await this.add(gradient, rows)
    const adam = {
      learning_rate: adamw.learningRate,
      beta1: adamw.beta1,
      beta2: adamw.beta2,
      eps: adamw.epsilon,
      weight_decay: adamw.weightDecay,
      grad_clip_norm: adamw.maxGradNorm,
      ...(this.profile.route === 'own' && { etude: { restart: adamw.restart ?? false, value_learning_rate: adamw.valueLearningRate } }),
    }
    const response = await this.model.json('optim_step', { adam_params: adam }, 'make a step')
    this.changed()
    if (response === 'applied') return { gradNorm: NaN }
    const { metrics } = shapes.stepped.parse(await response.json())
    const name = this.profile.gradNorm
    return { gradNorm: (name === undefined ? undefined : metrics?.[name]) ?? NaN }
  }

  async renew(): Promise<void> {
    if (this.profile.route === 'own') await this.state.renew(this.model)
    else {
      const old = this.model
      this.model = await this.make()
      await old.unload()
    }
    this.waiting = []
    this.changed()
  }

  snapshot(name: string): Promise<void> {
    return this.state.snapshot(this.model, name)
  }

  drop(name: string): Promise<void> {
    return this.state.drop(this.model, name)
  }

  save(): Promise<Uint8Array> {
    return this.state.save(this.model)
  }

  async load(bytes: Uint8Array): Promise<void> {
    this.model = await this.state.load(bytes, this.model, this.make)
    this.waiting = []
    this.changed()
  }

  exportAdapter(): Promise<Record<string, Uint8Array>> {
    return this.state.exportAdapter(this.model)
  }

  async close(): Promise<void> {
    if (this.profile.route === 'own') return this.session.finish()
    await this.model.unload()
    this.session.close()
  }

  private get url(): string {
    return this.session.wire.url
  }

  /** The weights are others than those that were published, and a pass is of the past. */
  private changed(): void {
    this.sampling.changed()
    this.pass = undefined
  }

  private async score(batch: Batch, adapter: Adapter): Promise<Record<string, number[]>[]> {
    this.sampling.requireOne(batch.temperature)
    if (this.profile.route === 'own') {
      return this.call(batch.rows.map((row) => own(row)), { loss: 'etude', config: { temperature: batch.temperature, adapter }, forwardOnly: true })
    }
    const ones = batch.rows.map((row) => shifted(row, { weights: row.completion.map(() => 1) }))
    const rows = await this.call(ones, { loss: 'cross_entropy', config: {}, forwardOnly: true })
    return rows.map(({ logprobs = [] }, b) => {
      const { prompt, completion } = batch.rows[b]!
      if (logprobs.length !== prompt.length + completion.length - 1) {
        throw new Error(`${this.url} gave ${logprobs.length} log-probs for a row of ${prompt.length + completion.length} tokens`)
      }
      return { logprobs: logprobs.slice(prompt.length - 1) }
    })
  }

  private async add({ batch, slope, logprob }: { batch: Batch; slope: Slope; logprob: PerToken }, rows: number): Promise<void> {
    const { rows: made, loss } = backwardRows(this.profile, batch, slope, logprob, rows)
    const config: Record<string, number> = loss === 'etude' ? { temperature: batch.temperature } : {}
    await this.call(made, { loss, config, forwardOnly: false })
  }

  /** Rows in their order, in as many calls as it takes. What a call without gradients lost is asked for again. */
  private async call(rows: WireRow[], how: { loss: string; config: Record<string, number | string>; forwardOnly: boolean }): Promise<CallResult['rows']> {
    const out: CallResult['rows'] = []
    for (const piece of pieces(rows, MOST)) {
      let response = await this.model.forwardBackward({ rows: piece, ...how })
      if (response === 'applied' && !how.forwardOnly) continue
      while (response === 'applied') response = await this.model.forwardBackward({ rows: piece, ...how })
      const made = decodeResult(new Uint8Array(await response.arrayBuffer())).rows
      if (made.length !== piece.length) throw new Error(`${this.url} answered ${made.length} rows, and was sent ${piece.length}`)
      out.push(...made)
    }
    return out
  }
}
