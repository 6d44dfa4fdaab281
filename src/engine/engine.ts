/** The policy on this machine's GPU: a frozen model, one LoRA adapter that learns, a value head where one is asked for, AdamW. */
import type { Gpu } from '../gpu/gpu'
import { sizeOf, slice } from '../gpu/tensor'
import { adamw } from '../kernels/adamw'
import type { Decoder } from '../models/decoder'
import type { NamedTensor } from '../onnx/safetensors'
import { NotFinite } from '../policy/host'
import type {
  AdamW,
  Batch,
  Capabilities,
  Completion,
  Forward,
  Inspect,
  OnTokens,
  PerToken,
  Policy,
  PolicyInfo,
  SampleOptions,
  Slope,
  Tokens,
} from '../policy/policy'
import { checkTruncation } from '../policy/truncation'
import { packState, unpackState } from './checkpoint'
import type { LoraParameters, Place } from './lora'
import { writeHead, writePeft } from './peft'
import { Sampler } from './sampler'
import { Scorer } from './scorer'

export const CAPABILITIES: Capabilities = {
  train: true,
  snapshots: true,
  valueHead: false,
  entropySlope: true,
  topP: true,
  topK: true,
  minP: true,
  inspect: true,
}

/** Bytes that activations of one micro-batch, and keys and values of one batch of rollouts, may take. */
export interface Budgets {
  activations: number
  cache: number
}

export class Engine implements Policy {
  readonly inspect: Inspect
  private readonly scorer: Scorer
  private readonly sampler: Sampler

  constructor(
    private readonly gpu: Gpu,
    model: Decoder,
    private readonly lora: LoraParameters,
    readonly info: PolicyInfo,
    budgets: Budgets,
    /** Of a new adapter. */
    private readonly seed: number,
  ) {
    this.scorer = new Scorer(gpu, model, lora, budgets.activations)
    this.sampler = new Sampler(gpu, model, lora, budgets.cache)
    this.inspect = {
      tensors: () => Promise.resolve(lora.all.map(({ name, shape }) => ({ name, shape: [...shape] }))),
      read: async (name) => [...(await this.numbers('parameters', lora.place(name)))],
      gradient: async (name) => [...(await this.numbers('gradients', lora.place(name)))],
      nudge: (name, direction, size) => this.nudge(lora.place(name), direction, size),
    }
  }

  async sample(prompts: Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]> {
    checkTruncation(options)
    if (options.n < 1 || options.maxTokens < 1)
      throw new Error(`Sampling needs n ≥ 1 and maxTokens ≥ 1, not ${options.n} and ${options.maxTokens}`)
    this.check(prompts.map((prompt) => [prompt, options.maxTokens]))
    return await this.sampler.sample(prompts, options, onTokens)
  }

  async logprobs(batch: Batch, adapter: string): Promise<PerToken> {
    this.checkBatch(batch)
    return await this.scorer.logprobs(batch, adapter)
  }

  async forward(batch: Batch): Promise<Forward> {
    this.checkBatch(batch)
    return await this.scorer.forward(batch)
  }

  backward(id: number, slope: Slope): Promise<void> {
    return this.scorer.backward(id, slope)
  }

  async step(settings: AdamW): Promise<{ gradNorm: number }> {
    this.scorer.forget()
    if (settings.restart) {
      for (const moments of [this.lora.m, this.lora.v]) this.gpu.write(moments, new Float32Array(moments.size))
      this.lora.steps = 0
    }
    const gradNorm = await adamw(this.gpu, this.lora, this.lora.steps + 1, settings)
    if (!Number.isFinite(gradNorm)) {
      throw new NotFinite(`The gradient is not finite (norm ${gradNorm}); nothing was changed: lower learning_rate, or go back to a checkpoint`)
    }
    this.lora.steps += 1
    return { gradNorm }
  }

  async renew(): Promise<void> {
    const { lora, gpu } = this
    this.scorer.forget()
    lora.initialise(this.seed)
    for (const moments of [lora.m, lora.v, lora.gradients]) gpu.write(moments, new Float32Array(moments.size))
    lora.steps = 0
    await gpu.settle()
  }

  async snapshot(name: string): Promise<void> {
    this.lora.snapshot(name)
    await this.gpu.settle()
  }

  async drop(name: string): Promise<void> {
    this.lora.drop(name)
    await this.gpu.settle()
  }

  async save(): Promise<Uint8Array> {
    const { lora, gpu } = this
    const tensors = new Map<string, Float32Array>()
    for (const part of ['parameters', 'm', 'v'] as const) tensors.set(part, await gpu.readFloats(lora[part]))
    for (const [name, snapshot] of lora.snapshots) tensors.set(`snapshot ${name}`, await gpu.readFloats(snapshot))
    return packState({ steps: lora.steps, tensors })
  }

  async load(bytes: Uint8Array): Promise<void> {
    const { lora, gpu } = this
    const { steps, tensors } = unpackState(bytes, lora.parameters.size)
    this.scorer.forget()
    for (const name of [...lora.snapshots.keys()]) lora.drop(name)
    for (const [name, values] of tensors) {
      if (name === 'parameters' || name === 'm' || name === 'v') continue
      gpu.write(lora.parameters, values)
      lora.snapshot(name.replace(/^snapshot /, ''))
    }
    for (const part of ['parameters', 'm', 'v'] as const) gpu.write(lora[part], tensors.get(part)!)
    gpu.write(lora.gradients, new Float32Array(lora.gradients.size))
    lora.steps = steps
    await gpu.settle()
  }

  async exportAdapter(): Promise<Record<string, Uint8Array>> {
    const flat = await this.gpu.readFloats(this.lora.parameters)
    const named = (places: readonly Place[]) =>
      places.map(({ name, shape, start }): [string, NamedTensor] => [
        name,
        { shape: [...shape], data: flat.slice(start, start + sizeOf(shape)) },
      ])
    const { places, headPlaces, shape } = this.lora
    return { ...writePeft(this.info.model, shape, this.info.adapter.alpha, named(places)), ...writeHead(named(headPlaces)) }
  }

  memory(): Promise<{ now: number; peak: number }> {
    return Promise.resolve({ now: this.gpu.bytes, peak: this.gpu.peak })
  }

  close(): Promise<void> {
    this.gpu.destroy()
    return Promise.resolve()
  }

  private numbers(part: 'parameters' | 'gradients', { start, shape }: Place): Promise<Float32Array> {
    return this.gpu.readFloats(slice(this.lora[part], start, shape))
  }

  private async nudge(place: Place, direction: readonly number[], size: number): Promise<void> {
    const values = await this.numbers('parameters', place)
    if (direction.length !== values.length)
      throw new Error(`${place.name} has ${values.length} numbers, and the direction ${direction.length}`)
    this.gpu.write(
      slice(this.lora.parameters, place.start, place.shape),
      values.map((x, i) => x + size * direction[i]!),
    )
  }

  private checkBatch({ rows, temperature }: Batch): void {
    if (!(temperature > 0)) throw new Error(`The temperature of a batch must be above 0, not ${temperature}`)
    this.check(rows.map((row) => [[...row.prompt, ...row.completion], 0]))
  }

  private check(sequences: readonly (readonly [Tokens, number])[]): void {
    const { contextLength, vocabulary, model } = this.info
    for (const [tokens, more] of sequences) {
      if (tokens.length === 0) throw new Error('A prompt is empty: give it at least one token')
      if (tokens.length + more > contextLength) {
        throw new Error(
          `${tokens.length} tokens${more ? ` and up to ${more} new ones` : ''} do not fit into the ${contextLength} positions of ${model}: ` +
            'shorten the prompt or lower max_completion_length',
        )
      }
      const strange = tokens.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary))
      if (strange !== undefined) throw new Error(`Token ${strange} is not in the vocabulary of ${model} (0 to ${vocabulary - 1})`)
    }
  }
}
