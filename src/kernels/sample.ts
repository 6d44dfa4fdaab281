/** Launchers of sample.wgsl. */
import type { Pipeline } from '../gpu/gpu'
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import type { Shard } from './embedding'
import { CHUNK, chunks } from './head'
import { nt } from './matmul'
import code from './sample.wgsl?raw'

const kernel = { name: 'sample', code }

/** Bits of a digit of d, where the vocabulary has one chunk and where it has several. */
const BITS = { one: 4, several: 11 }

/** Largest d where min-p says nothing. */
const EVERY = 3.4e38

/** What decoding keeps for each active row; sample.wgsl states the layouts. */
export interface Sequences {
  /** [M, 4]: slot, first token of its prompt, length of its prompt, 0. */
  table: Tensor
  keys: Tensor
  positions: Tensor
  ids: Tensor
  drawn: Tensor
  slots: number
}

/** How tokens are drawn; temperature 0 is greedy, with log-probs at temperature 1, and takes no notice of the rest. */
export interface Sampling {
  temperature: number
  /** In (0, 1]; 1 keeps all. */
  topP?: number
  /** Keeps the k likeliest; 0 keeps all. */
  topK?: number
  /** In [0, 1): keeps p ≥ minP · (the largest p). */
  minP?: number
}

/**
 * x [M, C] → a token for each row, written into the sequences with its log-prob under the full vocabulary at the temperature.
 * Top-k comes first, then top-p of what it left, then min-p, as in Hugging Face's `generate`. Logits exist for one chunk at a
 * time, so a vocabulary of several chunks is gone through again for each pass: one for the draw, three each for top-k and top-p.
 */
export function sample(g: Graph, x: Tensor, shards: readonly Shard[], sampling: Sampling, s: Sequences, columns = CHUNK.columns): void {
  const { gpu } = g
  const { temperature, topP = 1, topK = 0, minP = 0 } = sampling
  const [m, width] = x.shape as [number, number]
  const pieces = chunks(shards, columns)
  const logits = g.tensor([m, Math.max(...pieces.map((p) => p.count))])
  const best = g.tensor([m, 4])
  const running = g.tensor([m, 2])
  const greedy = Number(temperature === 0)
  let held: Piece | undefined // whose logits are there: with one chunk they are computed once
  const pass = (pipeline: Pipeline, rule: Rule, bindings: readonly (Tensor | undefined)[]) => {
    for (const piece of pieces) {
      const { first, count, table } = piece
      if (held !== piece) nt(gpu, { x, w: table, y: logits, m, k: width, n: count, scale: greedy ? 1 : 1 / temperature })
      held = piece
      const { plain = 0, bounded = 0, most = EVERY, digit = 0, digits = 0, mass = 0, goal = 0 } = rule
      const last = Number(piece === pieces.at(-1))
      const size = words(m, count, first, plain, s.slots, bounded, { f32: most }, last, digit, digits, mass, { f32: goal })
      gpu.launch(pipeline, m, size, [logits, ...bindings])
    }
  }

  const keeps = greedy ? [] : bounds(topK, topP)
  const truncated = keeps.length > 0 || (!greedy && minP > 0)
  const drawing = [s.keys, s.table, s.positions]
  pass(gpu.pipeline(kernel, 'merge'), { plain: Number(truncated || greedy) }, [best, running, ...drawing])
  if (truncated) {
    const cuts = g.tensor([m, 4])
    if (keeps.length > 0) {
      const bits = pieces.length === 1 ? BITS.one : BITS.several
      const every = Math.ceil(32 / bits)
      const digits = pieces.length === 1 ? every : 1
      const narrow = gpu.pipeline(kernel, 'narrow', { BITS: bits })
      const none = [undefined, undefined, undefined, undefined, undefined]
      const bins = g.tensor([2 ** bits, m])
      keeps.forEach((rule, bounded) => {
        for (let digit = 0; digit < every; digit += digits) {
          pass(narrow, { ...rule, bounded, digit, digits }, [undefined, running, ...none, cuts, bins])
        }
      })
    }
    const most = minP > 0 ? -Math.log(minP) : EVERY
    pass(gpu.pipeline(kernel, 'draw'), { bounded: Number(keeps.length > 0), most }, [best, running, ...drawing, undefined, undefined, cuts])
  }
  const size = words(m, 0, 0, greedy, s.slots)
  gpu.launch(gpu.pipeline(kernel, 'finish'), m, size, [undefined, best, running, undefined, s.table, s.positions, s.ids, s.drawn])
}

type Piece = ReturnType<typeof chunks>[number]

/** What differs from pass to pass in sample.wgsl's Shape. */
interface Rule {
  /** 1: no noise is added (greedy, or a pass that only wants the softmax's sum). */
  plain?: number
  bounded?: number
  most?: number
  digit?: number
  digits?: number
  mass?: number
  goal?: number
}

/** The rules whose bound on d has to be looked for, in their order. */
function bounds(topK: number, topP: number): Rule[] {
  return [...(topK > 0 ? [{ mass: 0, goal: topK }] : []), ...(topP < 1 ? [{ mass: 1, goal: topP }] : [])]
}
