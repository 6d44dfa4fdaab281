/** Launchers of sample.wgsl. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import type { Tensor } from '../gpu/tensor'
import type { Shard } from './embedding'
import { CHUNK, chunks } from './head'
import { nt } from './matmul'
import code from './sample.wgsl?raw'

const kernel = { name: 'sample', code }

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

/** x [M, C] → a token for each row, written into the sequences; temperature 0 is greedy, with log-probs at temperature 1. */
export function sample(g: Graph, x: Tensor, shards: readonly Shard[], temperature: number, s: Sequences, columns = CHUNK.columns): void {
  const { gpu } = g
  const [m, width] = x.shape as [number, number]
  const pieces = chunks(shards, columns)
  const logits = g.tensor([m, Math.max(...pieces.map((p) => p.count))])
  const best = g.tensor([m, 4])
  const running = g.tensor([m, 2])
  const greedy = Number(temperature === 0)
  for (const { first, count, table } of pieces) {
    nt(gpu, { x, w: table, y: logits, m, k: width, n: count, scale: greedy ? 1 : 1 / temperature })
    gpu.launch(gpu.pipeline(kernel, 'merge'), m, words(m, count, first, greedy), [logits, best, running, s.keys, s.table, s.positions])
  }
  const size = words(m, 0, 0, greedy, s.slots)
  gpu.launch(gpu.pipeline(kernel, 'finish'), m, size, [undefined, best, running, undefined, s.table, s.positions, s.ids, s.drawn])
}
