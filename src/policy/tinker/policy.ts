/**
 * A policy on a server that speaks the Tinker wire. Losses stay here: forward asks for log-probs, backward sends −slope in the form that
 * the server adds up plainly (profile.ts), and step makes the optimizer step. Weights are published for sampling when they have changed.
 */
import type {
  Adapter, AdamW, Batch, Completion, Forward, OnTokens, PerToken, Policy, PolicyInfo, SampleKey, SampleOptions, Slope, Tokens,
} from '../policy'
import { decodeResult, decodeSample, type CallResult, type SampleResult, type WireRow } from './codec'
import { ignored, type EngineProfile } from './profile'
import { backwardRows, own, pieces, shifted } from './rows'
import { asLost, type RemoteModel, type Session } from './session'
import * as shapes from './shapes'
import { State } from './state'

/** Of one call of forward_backward; servers refuse more. */
const MOST = { rows: 1024, bytes: 4_000_000 }
/** Samples asked for at a time; SkyRL's database takes few hundred. */
const CONCURRENT = 16

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
  private base: Promise<string> | undefined
  /** The sampler of the present weights, until they change. */
  private published: Promise<string> | undefined
  private asked = 0
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
  }

  async sample(prompts: Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]> {
    options.signal?.throwIfAborted()
    const { adapter = 'current', n } = options
    this.refuseSampling(options)
    const sampler = await this.sampler(adapter)
    const tell = (q: number, group: Completion[]) => onTokens?.(group.map(({ tokens }, g) => ({ prompt: q, sample: g, tokens })))
    if (this.profile.route === 'own') {
      const { key, minP } = options
      const more = { etude: { key, prompts, ...(minP !== undefined && { min_p: minP }), ...(isName(adapter) && { adapter }) } }
      const { sequences } = await this.ask(sampler, prompts[0] ?? [], options, more)
      const all = sequences.map((sequence) => this.completion(sequence, options))
      const groups = prompts.map((_, q) => all.slice(q * n, (q + 1) * n))
      groups.forEach((group, q) => tell(q, group))
      return groups
    }
    return inTurn(prompts, CONCURRENT, async (prompt, q) => {
      const { sequences } = await this.ask(sampler, prompt, options, { seed: seedOf(options.key, q) })
      if (sequences.length !== n) throw new Error(`${this.url} gave ${sequences.length} completions, and was asked for ${n}`)
      const group = sequences.map((sequence) => this.completion(sequence, options))
      tell(q, group)
      return group
    })
  }

  async logprobs(batch: Batch, adapter: Adapter): Promise<PerToken> {
    if (this.profile.route === 'own' || adapter === 'current') {
      const rows = await this.score(batch, adapter)
      return rows.map(({ logprobs }) => logprobs!)
    }
    this.requireOne(batch.temperature)
    const sampler = await this.sampler(adapter)
    return inTurn(batch.rows, CONCURRENT, async ({ prompt, completion }) => {
      const options = { n: 1, maxTokens: 1, stop: [], temperature: 1 }
      const { promptLogprobs = [] } = await this.ask(sampler, [...prompt, ...completion], options, { prompt_logprobs: true })
      // SkyRL leaves the first entry out: from the end
      const said = completion.length === 0 ? [] : promptLogprobs.slice(-completion.length)
      if (said.length !== completion.length || !said.every(Number.isFinite)) {
        throw new Error(`${this.url} gave ${promptLogprobs.length} log-probs for a text of ${prompt.length + completion.length} tokens`)
      }
      return said
    })
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
    await this.model.unload()
    this.session.close()
  }

  private get url(): string {
    return this.session.wire.url
  }

  /** The weights are others than those that were published, and a pass is of the past. */
  private changed(): void {
    this.published = undefined
    this.pass = undefined
  }

  private requireOne(temperature: number): void {
    if (temperature !== 1 && this.profile.route !== 'own') {
      throw new Error(`${this.url} gives log-probs at temperature 1, not ${temperature}; set temperature to 1`)
    }
  }

  private refuseSampling({ temperature, minP, key }: SampleOptions): void {
    if (this.profile.route === 'own') return
    // where log-probs are not looked at, others than at temperature 1 do no harm
    if (temperature !== 0 && (key.purpose === 'rollout' || key.purpose === 'probe')) this.requireOne(temperature)
    if (minP) throw new Error(`${this.url} has no min_p; leave it out`)
  }

  private async sampler(adapter: Adapter): Promise<string> {
    if (adapter === 'off') return (this.base ??= keep(this.session.createSampler({ base_model: this.info.model }), () => (this.base = undefined)))
    if (adapter !== 'current' && this.profile.route !== 'own') return this.state.samplerOf(adapter)
    return (this.published ??= keep(this.publish(), () => (this.published = undefined)))
  }

  private async publish(): Promise<string> {
    const response = await this.model.json('save_weights_for_sampler', { sampling_session_seq_id: this.session.nextSampler() }, 'publish the weights')
    if (response === 'applied') return this.publish() // its name is lost: once more
    const { sampling_session_id: id } = shapes.published.parse(await response.json())
    if (!id) throw new Error(`${this.url} published the weights without saying where`)
    return id
  }

  private async ask(sampler: string, prompt: Tokens, options: Omit<SampleOptions, 'key'>, { seed, ...more }: { seed?: number } & Record<string, unknown>): Promise<SampleResult> {
    const { n, maxTokens, temperature, topP = 1, topK, stop, signal } = options
    const body = {
      type: 'sample',
      sampling_session_id: sampler,
      seq_id: this.asked++,
      num_samples: n,
      prompt: { chunks: [{ type: 'encoded_text', tokens: prompt }] },
      sampling_params: { max_tokens: maxTokens, temperature, top_p: topP, top_k: (topK ?? 0) > 0 ? topK : -1, ...((stop.length > 0 || this.profile.route === 'own') && { stop }), ...(seed !== undefined && { seed }) },
      prompt_logprobs: false,
      topk_prompt_logprobs: 0,
      ...more,
    }
    const { wire } = this.session
    const submit = () => wire.submit('/api/v1/asample', body, { signal })
    const request = await submit().catch(asLost)
    try {
      const response = await wire.result(request, 'sample', { signal, accept: 'protobuf' }, submit)
      return decodeSample(new Uint8Array(await response.arrayBuffer()))
    } catch (error) {
      if (signal?.aborted && this.profile.route === 'own') await wire.once('/api/v1/cancel_future', shapes.anything, { request_id: request }, 5000).catch(() => undefined)
      if (signal?.aborted) throw new DOMException('The sampling was stopped.', 'AbortError')
      return asLost(error)
    }
  }

  private completion({ stop: finish, tokens, logprobs }: SampleResult['sequences'][number], { stop, maxTokens }: SampleOptions): Completion {
    if (logprobs?.length !== tokens.length) throw new Error(`${this.url} gave ${tokens.length} tokens with ${logprobs?.length ?? 'no'} log-probs`)
    if (tokens.length > maxTokens) throw new Error(`${this.url} gave ${tokens.length} tokens, and was asked for at most ${maxTokens}`)
    if (finish === 'stop' && stop.length > 0 && !stop.includes(tokens.at(-1) ?? -1)) {
      throw new Error(`${this.url} leaves the ending token out of completions, which then cannot be trained; run tinker-check on it`)
    }
    return { tokens, logprobs, finish }
  }

  private async score(batch: Batch, adapter: Adapter): Promise<Record<string, number[]>[]> {
    this.requireOne(batch.temperature)
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

const isName = (adapter: Adapter) => adapter !== 'current' && adapter !== 'off'

function keep<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch(forget)
  return promise
}

/** At most so many at a time; the results in the order of the items. */
async function inTurn<T, R>(items: readonly T[], most: number, work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const out: R[] = []
  let next = 0
  const one = async () => {
    while (next < items.length) {
      const at = next++
      out[at] = await work(items[at]!, at)
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, one))
  return out
}

/** One number in [0, 2^31) for each key and prompt, as a server without such keys takes it. */
export function seedOf(key: SampleKey, prompt: number): number {
  const purposes = ['rollout', 'evaluation', 'probe', 'chat']
  const parts = [key.seed, purposes.indexOf(key.purpose), key.step, key.attempt ?? 0, (key.prompt ?? 0) + prompt, key.round ?? 0, key.sample ?? 0]
  let h = 0x9e3779b9
  for (const part of parts) {
    h = Math.imul(h ^ (part + 0x7f4a7c15), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
    h ^= h >>> 16
  }
  return h >>> 1
}
