/** Completions and log-probs of texts, by the samplers of a session: the bare model's, the published weights', a snapshot's. */
import type { Adapter, Batch, Completion, OnTokens, PerToken, SampleKey, SampleOptions, Tokens } from '../policy'
import { decodeSample, type SampleResult } from './codec'
import type { EngineProfile } from './profile'
import { asLost, type RemoteModel, type Session } from './session'
import * as shapes from './shapes'
import type { State } from './state'

/** Samples asked for at a time; SkyRL's database takes few hundred. */
const CONCURRENT = 16

export class Sampling {
  private base: Promise<string> | undefined
  /** The sampler of the present weights, until they change. */
  private published: Promise<string> | undefined
  private asked = 0

  constructor(
    private readonly session: Session,
    private readonly profile: EngineProfile,
    /** The server's name of the bare model. */
    private readonly name: string,
    private readonly state: State,
    private readonly model: () => RemoteModel,
  ) {}

  /** The weights are others than those that were published. */
  changed(): void {
    this.published = undefined
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

  /** Of the completions, at temperature 1; the sampler scores them as a part of its prompt. */
  async score(batch: Batch, adapter: Adapter): Promise<PerToken> {
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

  requireOne(temperature: number): void {
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
    if (adapter === 'off') return (this.base ??= keep(this.session.createSampler({ base_model: this.name }), () => (this.base = undefined)))
    if (adapter !== 'current' && this.profile.route !== 'own') return this.state.samplerOf(adapter)
    return (this.published ??= keep(this.publish(), () => (this.published = undefined)))
  }

  private async publish(): Promise<string> {
    const response = await this.model().json('save_weights_for_sampler', { sampling_session_seq_id: this.session.nextSampler() }, 'publish the weights')
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

  private get url(): string {
    return this.session.wire.url
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
