/** Log-probs, entropies and values of given completions, and the way back from their slopes to the gradients. */
import { Graph } from '../gpu/tape'
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import { attention } from '../kernels/attention'
import { pick } from '../kernels/embedding'
import { score, type Scores } from '../kernels/head'
import { value } from '../kernels/value'
import { hiddenStates, type Decoder } from '../models/decoder'
import type { Batch, Forward, PerToken, Row, Slope } from '../policy/policy'
import type { LoraParameters } from './lora'
import { activationBytes, recomputedBytes } from './memory'
import { microBatches, pack, rowTokens } from './pack'

type PairOf = ReturnType<LoraParameters['pairs']>

interface Pass {
  graph: Graph
  scored: Scores
  count: number
  /** Of each token in the pass, [T]; where the policy has a value head and they are wanted. */
  values: Tensor | undefined
  /** Which of these are asked for, in the order of the rows. */
  places: number[]
}

/** What a pass is for: reading only, values too, or the way back. */
interface Purpose {
  values?: boolean
  learning?: { recompute: boolean } | undefined
}

interface Split {
  parts: Row[][]
  /** Whether each layer is computed again in the backward. */
  recompute: boolean
}

interface Pending extends Split {
  id: number
  batch: Batch
  /** The one pass whose tape was kept; several micro-batches are computed again in the backward. */
  pass?: Pass
}

export class Scorer {
  private pending: Pending | undefined
  private calls = 0

  constructor(
    private readonly gpu: Gpu,
    private readonly model: Decoder,
    private readonly lora: LoraParameters,
    /** Bytes that the activations of one micro-batch may take. */
    private readonly budget: number,
  ) {}

  async logprobs(batch: Batch, adapter: string): Promise<PerToken> {
    const pairs = this.lora.pairs(adapter)
    const scores: Float32Array[] = []
    for (const part of this.split(batch.rows, false, false).parts) {
      const pass = this.run(part, batch.temperature, pairs, {})
      scores.push(await this.gpu.readFloats(pass.scored.scores))
      pass.graph.free()
    }
    return unpack(batch.rows, scores).logprob
  }

  async forward(batch: Batch): Promise<Forward> {
    this.forget()
    const id = ++this.calls
    const valued = this.lora.headStart !== undefined
    const { parts, recompute } = this.split(batch.rows, true, valued)
    const pending: Pending = { id, batch, parts, recompute }
    const scores: Float32Array[] = []
    const values: number[] = []
    for (const part of parts) {
      const keep = parts.length === 1
      const pass = this.run(part, batch.temperature, this.lora.pairs('current', keep), { values: valued, learning: keep ? { recompute } : undefined })
      scores.push(await this.gpu.readFloats(pass.scored.scores))
      if (pass.values) {
        const all = await this.gpu.readFloats(pass.values)
        for (const place of pass.places) values.push(all[place]!)
      }
      if (keep) pending.pass = pass
      else pass.graph.free()
    }
    this.pending = pending
    return { id, ...unpack(batch.rows, scores), ...(valued && { value: ragged(batch.rows, values) }) }
  }

  async backward(id: number, slope: Slope): Promise<void> {
    const { pending } = this
    if (pending?.id !== id) throw new Error(`backward(${id}) does not belong to the last forward: call forward first, and backward once`)
    this.pending = undefined
    const { batch, parts, recompute } = pending
    const flat = interleave(batch.rows, slope)
    const values = this.valueSlopes(batch.rows, slope)
    let at = 0
    let valueAt = 0
    for (const part of parts) {
      const pass = pending.pass ?? this.run(part, batch.temperature, this.lora.pairs('current', true), { values: values !== undefined, learning: { recompute } })
      const slopes = pass.graph.upload(flat.subarray(2 * at, 2 * (at + pass.count)), [pass.count, 2])
      pass.scored.backward(slopes)
      if (values && pass.values) {
        const all = new Float32Array(pass.values.size)
        for (const place of pass.places) all[place] = values[valueAt++]!
        this.gpu.copy(pass.graph.upload(all), pass.graph.gradient(pass.values))
      }
      pass.graph.backward()
      this.gpu.flush()
      pass.graph.free()
      at += pass.count
    }
    await this.gpu.settle()
  }

  /** The slopes of all values, row after row; undefined where there are none. */
  private valueSlopes(rows: readonly Row[], { value }: Slope): number[] | undefined {
    if (!value) return undefined
    if (this.lora.headStart === undefined) throw new Error('There is a slope of values, but the policy was opened without a value head')
    return rows.flatMap(({ completion }, b) => {
      if (value[b]?.length === completion.length + 1) return value[b]
      throw new Error(`The slope of row ${b} has ${value[b]?.length ?? 0} values, and should have one more than its ${completion.length} tokens`)
    })
  }

  /** Gives back what an unused forward holds. */
  forget(): void {
    this.pending?.pass?.graph.free()
    this.pending = undefined
  }

  /**
   * Micro-batches whose activations fit into the budget. A row that does not fit has all layers computed again in the backward, which
   * keeps little enough of each token for more rows at once.
   */
  private split(rows: readonly Row[], differentiate: boolean, ends: boolean): Split {
    rows.forEach((row, b) => {
      if (row.prompt.length === 0) throw new Error(`Row ${b} has an empty prompt: a completion needs at least one token before it`)
    })
    const { config } = this.model
    const tokens = (bytes: number) => Math.max(1, Math.floor(this.budget / bytes))
    const scored = ends ? rows : rows.filter((row) => row.completion.length > 0)
    const whole = tokens(activationBytes(config, this.lora.shape, differentiate))
    if (!differentiate || scored.every((row) => rowTokens(row, ends) <= whole))
      return { parts: microBatches(scored, whole, ends), recompute: false }
    return { parts: microBatches(scored, tokens(recomputedBytes(config, this.lora.shape)), ends), recompute: true }
  }

  private run(rows: readonly Row[], temperature: number, lora: PairOf, { values = false, learning }: Purpose): Pass {
    const { model } = this
    const packed = pack(rows, values)
    const g = new Graph(this.gpu, learning !== undefined, learning?.recompute)
    const spans = g.upload(packed.spans)
    const hidden = hiddenStates(g, model, {
      ids: g.upload(packed.ids),
      positions: g.upload(packed.positions),
      rows: g.upload(packed.rows),
      lora,
      attend: (inner, _, q, k, v) => attention(inner, q, k, v, spans, model.config),
    })
    const picked = pick(g, hidden, g.upload(packed.places))
    const scored = score(g, picked, g.upload(packed.targets), model.head, temperature)
    const head = values ? this.lora.head(learning !== undefined) : undefined
    return { graph: g, scored, count: packed.targets.length, values: head && value(g, hidden, head), places: packed.values }
  }
}

/** [n, 2] per micro-batch → [B][T_b]. */
function unpack(rows: readonly Row[], scores: readonly Float32Array[]): { logprob: PerToken; entropy: PerToken } {
  const flat = scores.flatMap((part) => [...part])
  let at = 0
  const logprob: PerToken = []
  const entropy: PerToken = []
  for (const { completion } of rows) {
    logprob.push(completion.map((_, t) => flat[2 * (at + t)]!))
    entropy.push(completion.map((_, t) => flat[2 * (at + t) + 1]!))
    at += completion.length
  }
  return { logprob, entropy }
}

/** One number after another → [B][T_b + 1]. */
function ragged(rows: readonly Row[], flat: readonly number[]): PerToken {
  let at = 0
  return rows.map(({ completion }) => flat.slice(at, (at += completion.length + 1)))
}

function interleave(rows: readonly Row[], slope: Slope): Float32Array {
  const flat: number[] = []
  rows.forEach(({ completion }, b) => {
    const [l, e] = [slope.logprob[b], slope.entropy?.[b]]
    if (l?.length !== completion.length || (e && e.length !== completion.length)) {
      throw new Error(`The slope of row ${b} has ${l?.length ?? 0} numbers, but its completion ${completion.length} tokens`)
    }
    completion.forEach((_, t) => flat.push(l[t]!, e?.[t] ?? 0))
  })
  return Float32Array.from(flat)
}
