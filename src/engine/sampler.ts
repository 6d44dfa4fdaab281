/**
 * Rollouts: each prompt is read once and its keys and values are shared by all rows that begin with it; then all rows decode together,
 * several steps a submit, with one small readback a block. After each block the finished rows are left out.
 */
import { Graph } from '../gpu/tape'
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import { attention } from '../kernels/attention'
import { attendCached, type Cache } from '../kernels/cache'
import { pick } from '../kernels/embedding'
import { sample, type Sequences } from '../kernels/sample'
import { hiddenStates, type Decoder } from '../models/decoder'
import type { Completion, OnTokens, SampleOptions, Tokens } from '../policy/policy'
import type { LoraParameters } from './lora'
import { BLOCK, cacheBytes } from './memory'
import { packPrompts } from './pack'
import { sampleKey } from './random'

/** Milliseconds that a block should take: where a step takes that long, a readback costs little beside it, and ended rows much. */
const PACE = 100

interface Row {
  prompt: number
  sample: number
  key: [number, number]
  tokens: number[]
  logprobs: number[]
  finish?: 'stop' | 'length'
}

export class Sampler {
  /** Decode steps of the next block. It says only how often tokens are looked at, never which. */
  private block = 1

  constructor(
    private readonly gpu: Gpu,
    private readonly model: Decoder,
    private readonly lora: LoraParameters,
    /** Bytes that keys and values of one batch may take. */
    private readonly budget: number,
  ) {}

  /** [Q][G]. */
  async sample(prompts: readonly Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]> {
    const { n, key, maxTokens } = options
    const rows: Row[] = prompts.flatMap((_, prompt) =>
      Array.from({ length: n }, (_, g) => {
        const words = sampleKey(key, (key.prompt ?? 0) + prompt, (key.sample ?? 0) + g)
        return { prompt, sample: g, key: words, tokens: [], logprobs: [] }
      }),
    )
    const longest = Math.max(0, ...prompts.map((prompt) => prompt.length))
    const perRow = cacheBytes(this.model.config) * (maxTokens + BLOCK + Math.ceil(longest / n))
    const most = Math.max(n, Math.floor(this.budget / perRow))
    for (let first = 0; first < rows.length; first += most) await this.batch(prompts, rows.slice(first, first + most), options, onTokens)
    const completion = ({ tokens, logprobs, finish }: Row): Completion => ({ tokens, logprobs, finish: finish ?? 'length' })
    return prompts.map((_, q) => rows.slice(q * n, (q + 1) * n).map(completion))
  }

  private async batch(prompts: readonly Tokens[], rows: Row[], options: SampleOptions, onTokens?: OnTokens): Promise<void> {
    const { gpu, model } = this
    const { config } = model
    const g = new Graph(gpu, false)
    try {
      const slots = rows.length
      const capacity = options.maxTokens + BLOCK
      const prompt = this.read(g, prompts, rows, options.adapter ?? 'current')
      const store = () => g.tensor([slots, capacity, config.kvHeads * config.headDim])
      const caches = prompt.keys.map(({ k, v }): Cache => ({ promptK: k, promptV: v, ownK: store(), ownV: store(), capacity }))
      const drawn = g.tensor([capacity, slots, 2])

      let active = rows.map((row, slot) => ({ row, slot }))
      for (let count = 0, steps = 1; active.length > 0; count += steps) {
        if (options.signal?.aborted) throw new DOMException('Sampling was stopped', 'AbortError')
        const table = active.flatMap(({ row, slot }) => [slot, prompt.starts.get(row.prompt)!, prompts[row.prompt]!.length, 0])
        const own = new Graph(gpu, false)
        const sequences: Sequences = {
          table: own.upload(Uint32Array.from(table), [active.length, 4]),
          keys: own.upload(Uint32Array.from(active.flatMap(({ row }) => row.key))),
          positions: own.upload(Uint32Array.from(active, ({ row }) => prompts[row.prompt]!.length + count - 1)),
          ids: own.upload(Uint32Array.from(active, ({ row }) => row.tokens.at(-1) ?? 0)),
          drawn,
          slots,
        }
        const since = performance.now()
        if (count === 0) {
          const last = own.upload(Uint32Array.from(active, ({ row }) => prompt.starts.get(row.prompt)! + prompts[row.prompt]!.length - 1))
          sample(own, pick(own, prompt.hidden, last), model.head, options, sequences)
        } else {
          steps = Math.min(this.block, options.maxTokens - count)
          const { launches, free } = gpu.capture(() => this.step(own, caches, sequences, options))
          for (let i = 0; i < steps; i++) gpu.play(launches)
          gpu.flush()
          free()
        }
        const words = await gpu.read(drawn, count * slots * 2, steps * slots * 2)
        this.collect(active, new Uint32Array(words), new Float32Array(words), slots, steps, options, onTokens)
        own.free()
        if (count > 0) this.block = Math.min(BLOCK, Math.max(1, Math.round((PACE * steps) / (performance.now() - since))))
        active = active.filter(({ row }) => !row.finish)
      }
    } finally {
      g.free()
    }
  }

  /** Reads the prompts of `rows`, equal ones once; keeps every layer's keys and values and the hidden states. */
  private read(g: Graph, prompts: readonly Tokens[], rows: readonly Row[], adapter: string) {
    const name = ({ prompt }: Row) => prompts[prompt]!.join()
    const different = new Map(rows.map((row) => [name(row), [...prompts[row.prompt]!]]))
    const packed = packPrompts([...different.values()])
    const places = new Map([...different.keys()].map((key, i) => [key, packed.rows[i]!]))
    const starts = new Map(rows.map((row) => [row.prompt, places.get(name(row))!]))
    const spans = g.upload(packed.spans)
    const keys: { k: Tensor; v: Tensor }[] = []
    const hidden = hiddenStates(g, this.model, {
      ids: g.upload(packed.ids),
      positions: g.upload(packed.positions),
      lora: this.lora.pairs(adapter),
      attend: (inner, _, q, k, v) => {
        keys.push({ k: inner.keep(k), v: inner.keep(v) })
        return attention(inner, q, k, v, spans, this.model.config)
      },
    })
    return { keys, hidden, starts }
  }

  /** One decode step of all active rows: the last token in, the next one drawn. */
  private step(g: Graph, caches: readonly Cache[], s: Sequences, options: SampleOptions): void {
    const hidden = hiddenStates(g, this.model, {
      ids: s.ids,
      positions: s.positions,
      lora: this.lora.pairs(options.adapter ?? 'current'),
      attend: (inner, layer, q, k, v) => attendCached(inner, q, k, v, caches[layer]!, s.table, s.positions, this.model.config),
    })
    sample(g, hidden, this.model.head, options, s)
  }

  /** Puts a block's tokens where they belong, up to each row's end. */
  private collect(
    active: readonly { row: Row; slot: number }[],
    ids: Uint32Array,
    logprobs: Float32Array,
    slots: number,
    steps: number,
    { stop, maxTokens }: SampleOptions,
    onTokens?: OnTokens,
  ): void {
    const news = active.map(({ row, slot }) => {
      const before = row.tokens.length
      for (let i = 0; i < steps && !row.finish; i++) {
        const at = 2 * (i * slots + slot)
        row.tokens.push(ids[at]!)
        row.logprobs.push(logprobs[at + 1]!)
        if (stop.includes(ids[at]!)) row.finish = 'stop'
        else if (row.tokens.length >= maxTokens) row.finish = 'length'
      }
      return { prompt: row.prompt, sample: row.sample, tokens: row.tokens.slice(before) }
    })
    onTokens?.(news)
  }
}
