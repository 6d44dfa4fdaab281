/**
 * The two passes that score completions. The prompts are read first and keep each layer's keys and values; the completions go on from
 * them. Backward the completions come first and add to the gradients of these keys and values, from which the prompts go on.
 */
import { Graph } from '../gpu/tape'
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import { zero } from '../gpu/zero'
import { attention, type Prefix } from '../kernels/attention'
import { embedding, pick } from '../kernels/embedding'
import { score, type Scores } from '../kernels/head'
import type { Lora } from '../kernels/linear'
import { plain } from '../kernels/matrix'
import { value, type ValueHead } from '../kernels/value'
import { hiddenStates, type Decoder, type Target } from '../models/decoder'
import type { Forward, Slope } from '../policy/policy'
import { packCompletions, packPrompts, type Unit } from './pack'

/** How a pass is made: at which temperature, with which adapter and head, and whether it can go back. */
export interface Manner {
  temperature: number
  /** Layers are computed again in the backward. */
  learning?: { recompute: boolean } | undefined
  lora: (layer: number, target: Target) => Lora | undefined
  /** Values are asked for, from this head. */
  head?: ValueHead | undefined
}

/** A token of a row: `t` counts the completion's tokens. */
interface Place {
  row: number
  t: number
  /** Where in the pass it is predicted, or its value is. */
  at: number
}

/** A pass, and what was asked of it. */
export class Pass {
  private readonly scored: Scores | undefined
  private readonly values: Tensor | undefined

  constructor(
    private readonly gpu: Gpu,
    private readonly graph: Graph,
    hidden: Tensor,
    model: Decoder,
    { temperature, head, learning }: Manner,
    private readonly scores: (Place & { id: number })[],
    private readonly valued: Place[],
  ) {
    if (scores.length > 0) {
      const places = graph.upload(Uint32Array.from(scores, ({ at }) => at))
      // rows with one prompt have one place for their first tokens
      const again = new Set(scores.map(({ at }) => at)).size < scores.length
      const rows = { first: 0, rows: hidden.shape[0]!, table: plain(hidden) }
      const picked = again ? embedding(graph, places, [rows], learning && [graph.gradient(hidden)]) : pick(graph, hidden, places)
      this.scored = score(graph, picked, graph.upload(Uint32Array.from(scores, ({ id }) => id)), model.head, temperature)
    }
    if (head && valued.length > 0) this.values = value(graph, hidden, head)
  }

  /** Puts what was computed where it belongs. */
  async read({ logprob, entropy, value }: Omit<Forward, 'id'>): Promise<void> {
    if (this.scored) {
      const numbers = await this.gpu.readFloats(this.scored.scores)
      this.scores.forEach(({ row, t }, i) => {
        logprob[row]![t] = numbers[2 * i]!
        entropy[row]![t] = numbers[2 * i + 1]!
      })
    }
    if (this.values && value) {
      const numbers = await this.gpu.readFloats(this.values)
      for (const { row, t, at } of this.valued) value[row]![t] = numbers[at]!
    }
  }

  /** From the slopes to the gradients; then everything is given back. */
  backward({ logprob, entropy, value }: Slope): void {
    const { graph } = this
    if (this.scored) {
      const slopes = this.scores.flatMap(({ row, t }) => [logprob[row]![t]!, entropy?.[row]![t] ?? 0])
      this.scored.backward(graph.upload(Float32Array.from(slopes), [this.scores.length, 2]))
    }
    if (this.values && value) {
      const slopes = new Float32Array(this.values.size)
      for (const { row, t, at } of this.valued) slopes[at]! += value[row]![t]!
      this.gpu.copy(graph.upload(slopes), graph.gradient(this.values))
    }
    graph.backward()
    this.gpu.flush()
    graph.free()
  }

  free(): void {
    this.graph.free()
  }
}

/** Keys and values of each layer. */
type Keys = Omit<Prefix, 'seen'>[]

/** Reads the prompts of `units`; scores the first token of each completion. */
export function readPrompts(gpu: Gpu, model: Decoder, units: readonly Unit[], manner: Manner): { pass: Pass; keys: Keys } {
  const { learning, lora, head } = manner
  const packed = packPrompts(units.map(({ prompt }) => prompt))
  const g = new Graph(gpu, learning !== undefined, learning?.recompute)
  const spans = g.upload(packed.spans)
  const keys: Keys = []
  const hidden = hiddenStates(g, model, {
    ids: g.upload(packed.ids),
    positions: g.upload(packed.positions),
    rows: g.upload(packed.rows),
    lora,
    attend: (inner, layer, q, k, v) => {
      const o = attention(inner, q, k, v, spans, model.config)
      const known = keys[layer]
      if (!known) keys[layer] = { k: inner.keep(k), v: inner.keep(v), gradients: learning && gradientsOf(g, inner, k, v) }
      else if (known.gradients && inner.tracks(o)) {
        // computed again: the completions' gradients come before the prompt's own
        inner.record(o, () => {
          gpu.copy(known.gradients!.k, inner.gradient(k))
          gpu.copy(known.gradients!.v, inner.gradient(v))
        })
      }
      return o
    },
  })
  const ends = units.map((_, q) => packed.rows[q + 1]! - 1)
  const first = units.flatMap(({ rows }, q) => rows.map(({ index, completion }) => ({ row: index, t: 0, at: ends[q]!, id: completion[0] })))
  const scores = first.filter((place): place is Place & { id: number } => place.id !== undefined)
  return { pass: new Pass(gpu, g, hidden, model, manner, scores, head ? first : []), keys }
}

/** Where the completions' gradients of a prompt's keys and values are summed: in their own where the layer's tape is kept. */
function gradientsOf(g: Graph, inner: Graph, k: Tensor, v: Tensor): Prefix['gradients'] {
  if (inner.differentiate) return inner.tracks(k) || inner.tracks(v) ? { k: inner.gradient(k), v: inner.gradient(v) } : undefined
  const gradients = { k: g.tensor(k.shape), v: g.tensor(v.shape) }
  zero(g.gpu, gradients.k)
  zero(g.gpu, gradients.v)
  return gradients
}

/** Reads the completions of `units` up to their last scored tokens; undefined where first tokens are all there is. */
export function readCompletions(gpu: Gpu, model: Decoder, units: readonly Unit[], keys: Keys, manner: Manner): Pass | undefined {
  const { learning, lora, head } = manner
  const packed = packCompletions(units, head !== undefined)
  if (packed.ids.length === 0) return undefined
  const g = new Graph(gpu, learning !== undefined, learning?.recompute)
  const spans = g.upload(packed.spans)
  const seen = g.upload(packed.seen)
  const hidden = hiddenStates(g, model, {
    ids: g.upload(packed.ids),
    positions: g.upload(packed.positions),
    rows: g.upload(packed.rows),
    lora,
    attend: (inner, layer, q, k, v) => attention(inner, q, k, v, spans, model.config, { ...keys[layer]!, seen }),
  })
  const places = units
    .flatMap(({ rows }) => rows)
    .flatMap(({ index, completion }, b) => {
      return completion.map((_, t) => ({ row: index, t: t + 1, at: packed.rows[b]! + t, id: completion[t + 1] }))
    })
  const scores = places.filter((place): place is Place & { id: number } => place.id !== undefined)
  return new Pass(gpu, g, hidden, model, manner, scores, head ? places : [])
}
