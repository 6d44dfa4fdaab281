/**
 * A small exact policy in plain TypeScript (fake-model.ts), for tests and for work on the page without a GPU. Its adapter trains (real
 * gradients, f64, AdamW); the base's hint is strong enough to be right about every fourth time.
 */
import { fakeTokenizer } from './fake-ledger'
import { addGradient, distribution, draw, EOS, greatest, look, SIZE, uniform, V, values, type HintOptions } from './fake-model'
import type { Host, OpenOptions } from './host'
import type { Adapter, AdamW, Batch, Completion, Forward, OnTokens, PerToken, Policy, PolicyInfo, SampleOptions, Slope, Tokens } from './policy'
import { checkTruncation, truncate } from './truncation'

export interface FakeOptions extends HintOptions {
  /** Milliseconds between the tokens of a sample call; 0 does not wait at all. */
  delay?: number
}

const CONTEXT = 160

interface Saved {
  size: number
  steps: number
  parameters: number[]
  first: number[]
  second: number[]
  snapshots: Record<string, number[]>
}

const aborted = () => new DOMException('The sampling was stopped.', 'AbortError')

export class FakePolicy implements Policy {
  readonly info: PolicyInfo
  private readonly size: number
  private parameters: Float64Array
  private readonly gradient: Float64Array
  private first: Float64Array
  private second: Float64Array
  private steps = 0
  private readonly snapshots = new Map<string, Float64Array>()
  private passes = 0
  private pass: { id: number; batch: Batch } | undefined
  private closed = false

  constructor(
    open: OpenOptions,
    private readonly options: FakeOptions = {},
  ) {
    const { rank, alpha, targets, start } = open.adapter
    if (start !== undefined) throw new Error(`the fake policy cannot go on from the adapter ${start}`)
    const valueHead = open.valueHead ?? false
    this.size = valueHead ? SIZE + V + 1 : SIZE
    const zeros = () => new Float64Array(this.size)
    ;[this.parameters, this.gradient, this.first, this.second] = [zeros(), zeros(), zeros(), zeros()]
    this.info = {
      model: open.model,
      parameters: SIZE,
      contextLength: CONTEXT,
      vocabulary: V,
      eos: [EOS],
      adapter: { rank, alpha, targets, parameters: this.size },
      can: {
        train: true,
        snapshots: true,
        valueHead,
        entropySlope: false,
        topP: true,
        topK: true,
        minP: true,
        inspect: true,
      },
      device: { name: 'a fake policy, no GPU', software: true, tier: 'fake' },
    }
  }

  async sample(prompts: Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]> {
    this.check(options.adapter)
    checkTruncation(options)
    const weights = this.weights(options.adapter ?? 'current')
    const out = prompts.map(() => Array.from({ length: options.n }, (): Completion => ({ tokens: [], logprobs: [], finish: 'length' })))
    for (let t = 0; t < options.maxTokens; t++) {
      if (options.signal?.aborted) throw aborted()
      const news: Parameters<OnTokens>[0] = []
      out.forEach((group, q) =>
        group.forEach((completion, g) => {
          if (completion.finish === 'stop') return
          const { log } = distribution(weights, prompts[q]!, completion.tokens, options.temperature || 1, this.options)
          const token = options.temperature === 0 ? greatest(log) : draw(truncate(log, options), uniform(options.key, q, g, t))
          completion.tokens.push(token)
          completion.logprobs.push(log[token]!)
          if (options.stop.includes(token)) completion.finish = 'stop'
          news.push({ prompt: q, sample: g, tokens: [token] })
        }),
      )
      if (news.length === 0) break
      onTokens?.(news)
      // a turn of the event loop, so that an abort or a click can come between two tokens
      if (this.options.delay) await new Promise((resolve) => setTimeout(resolve, this.options.delay))
    }
    return out
  }

  async logprobs(batch: Batch, adapter: Adapter): Promise<PerToken> {
    this.check(adapter)
    return Promise.resolve(look(this.weights(adapter), batch, this.options).logprob)
  }

  async forward(batch: Batch): Promise<Forward> {
    this.check('current')
    this.pass = { id: ++this.passes, batch }
    const value = this.info.can.valueHead && values(this.parameters, batch)
    return Promise.resolve({ id: this.passes, ...look(this.parameters, batch, this.options), ...(value && { value }) })
  }

  async backward(id: number, slope: Slope): Promise<void> {
    if (this.pass?.id !== id) throw new Error(`backward got pass ${id}, which is gone; call it once, right after its forward`)
    if (slope.entropy) throw new Error('the fake policy takes slopes of log-probs and values only')
    if (slope.value && !this.info.can.valueHead) throw new Error('there is a slope of values, but the fake policy was opened without a value head')
    const { batch } = this.pass
    this.pass = undefined
    addGradient(this.gradient, this.parameters, batch, slope, this.options)
    return Promise.resolve()
  }

  async step(adamw: AdamW): Promise<{ gradNorm: number }> {
    const gradNorm = Math.sqrt(this.gradient.reduce((sum, g) => sum + g * g, 0))
    if (!Number.isFinite(gradNorm)) {
      this.gradient.fill(0)
      return Promise.reject(new Error(`the gradient's norm is ${gradNorm}; nothing was applied`))
    }
    if (adamw.restart) [this.steps, this.first, this.second] = [0, new Float64Array(this.size), new Float64Array(this.size)]
    const clip = adamw.maxGradNorm > 0 ? Math.min(1, adamw.maxGradNorm / (gradNorm + 1e-6)) : 1
    this.steps++
    for (let i = 0; i < this.size; i++) {
      const rate = i < SIZE ? adamw.learningRate : (adamw.valueLearningRate ?? adamw.learningRate)
      const g = this.gradient[i]! * clip
      this.first[i] = adamw.beta1 * this.first[i]! + (1 - adamw.beta1) * g
      this.second[i] = adamw.beta2 * this.second[i]! + (1 - adamw.beta2) * g * g
      const m = this.first[i]! / (1 - adamw.beta1 ** this.steps)
      const v = this.second[i]! / (1 - adamw.beta2 ** this.steps)
      const decayed = this.parameters[i]! * (1 - rate * adamw.weightDecay)
      this.parameters[i] = decayed - (rate * m) / (Math.sqrt(v) + adamw.epsilon)
    }
    this.gradient.fill(0)
    return Promise.resolve({ gradNorm })
  }

  async renew(): Promise<void> {
    for (const numbers of [this.parameters, this.first, this.second, this.gradient]) numbers.fill(0)
    this.steps = 0
    return Promise.resolve()
  }

  async snapshot(name: string): Promise<void> {
    this.snapshots.set(name, this.parameters.slice())
    return Promise.resolve()
  }

  async drop(name: string): Promise<void> {
    this.snapshots.delete(name)
    return Promise.resolve()
  }

  async save(): Promise<Uint8Array> {
    const { size, parameters, first, second, steps } = this
    const state: Saved = { size, steps, parameters: [...parameters], first: [...first], second: [...second], snapshots: {} }
    for (const [name, of] of this.snapshots) state.snapshots[name] = [...of]
    return Promise.resolve(new TextEncoder().encode(JSON.stringify(state)))
  }

  async load(bytes: Uint8Array): Promise<void> {
    const text = new TextDecoder().decode(bytes)
    const state = text.startsWith('{') ? (JSON.parse(text) as Saved) : undefined
    if (state?.size !== this.size)
      throw new Error(`a saved fake policy has ${this.size} parameters, this has ${state?.size ?? `${bytes.length} bytes of something else`}`)
    this.parameters = Float64Array.from(state.parameters)
    this.first = Float64Array.from(state.first)
    this.second = Float64Array.from(state.second)
    this.steps = state.steps
    this.gradient.fill(0)
    this.snapshots.clear()
    for (const [name, of] of Object.entries(state.snapshots)) this.snapshots.set(name, Float64Array.from(of))
    return Promise.resolve()
  }

  /** Files with PEFT's names, for those who only move them about; no other library can use a fake's adapter. */
  async exportAdapter(): Promise<Record<string, Uint8Array>> {
    const data = new Uint8Array(Float32Array.from(this.parameters).buffer)
    const entry = { 'fake.parameters': { dtype: 'F32', shape: [this.size], data_offsets: [0, data.length] } }
    const header = new TextEncoder().encode(JSON.stringify(entry))
    const bytes = new Uint8Array(8 + header.length + data.length)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
    bytes.set(header, 8)
    bytes.set(data, 8 + header.length)
    const config = JSON.stringify({ peft_type: 'FAKE', base_model_name_or_path: this.info.model })
    return Promise.resolve({ 'adapter_config.json': new TextEncoder().encode(config), 'adapter_model.safetensors': bytes })
  }

  async close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }

  readonly inspect = {
    tensors: () => Promise.resolve([{ name: 'fake.parameters', shape: [this.size] }]),
    read: () => Promise.resolve([...this.parameters]),
    gradient: () => Promise.resolve([...this.gradient]),
    nudge: (_name: string, direction: number[], size: number) => {
      direction.forEach((d, i) => (this.parameters[i]! += size * d))
      return Promise.resolve()
    },
  }

  private check(adapter: Adapter = 'current'): void {
    if (this.closed) throw new Error('the policy is closed; open another')
    if (adapter !== 'current' && adapter !== 'off' && !this.snapshots.has(adapter))
      throw new Error(`there is no snapshot “${adapter}”; there are: ${[...this.snapshots.keys()].join(', ') || 'none'}`)
  }

  private weights(adapter: Adapter): Float64Array {
    if (adapter === 'current') return this.parameters
    return adapter === 'off' ? new Float64Array(this.size) : this.snapshots.get(adapter)!
  }

}

/** A host of fake policies; every model name is fine. */
export function createFakeHost(options: FakeOptions = {}): Host {
  return {
    describe: (id) =>
      Promise.resolve({ id, family: 'fake', parameters: SIZE, contextLength: CONTEXT, vocabulary: V, bytes: SIZE * 8 }),
    plan: () => Promise.resolve({ parts: [{ name: 'weights', bytes: SIZE * 8 }], total: SIZE * 8 }),
    open(open, onProgress) {
      onProgress?.({ phase: 'downloading', file: 'fake', loaded: SIZE * 8, total: SIZE * 8 })
      onProgress?.({ phase: 'ready' })
      return Promise.resolve(new FakePolicy(open, options))
    },
    profile: () =>
      Promise.resolve({
        name: 'a fake policy, no GPU',
        software: true,
        tier: 'fake',
        features: [],
        limits: { maxBufferSize: 0, maxStorageBufferBindingSize: 0 },
      }),
    file(model, path) {
      const text = fakeTokenizer()[path]
      return text === undefined ? Promise.reject(new Error(`${model} has no file ${path}`)) : Promise.resolve(text)
    },
    close: () => Promise.resolve(),
  }
}
