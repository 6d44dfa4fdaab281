/** Launchers of head.wgsl: the fused, chunked LM head. The head's weights are frozen: no gradient with respect to them. */
import { words } from '../gpu/kernel'
import type { Graph } from '../gpu/tape'
import { slice, type Tensor } from '../gpu/tensor'
import type { Shard } from './embedding'
import code from './head.wgsl?raw'
import { nn, nt } from './matmul'
import { type Matrix, rowsOf } from './matrix'

const kernel = { name: 'head', code, light: ['slope'] }

/** Most vocabulary columns, and most rows, of one chunk of logits. */
export const CHUNK = { columns: 4096, rows: 2048 }

export interface Scores {
  /** [n, 2]: log-prob of the target, entropy; nats. */
  scores: Tensor
  /** Adds to the gradient of x; slopes [n, 2] = d loss / d scores. */
  backward(slopes: Tensor): void
}

/** Pieces of each shard of at most `columns` rows of the table: [first id, table]. Starts stay multiples of 64 rows. */
export function chunks(shards: readonly Shard[], columns: number): { first: number; count: number; table: Matrix }[] {
  const pieces: { first: number; count: number; table: Matrix }[] = []
  for (const { first, rows, table } of shards) {
    const step = Math.max(64, columns - (columns % 64))
    for (let start = 0; start < rows; start += step) {
      const count = Math.min(step, rows - start)
      pieces.push({ first: first + start, count, table: rowsOf(table, start, count) })
    }
  }
  return pieces
}

/** x [n, C], targets [n], head weights [V, C] in shards → log-prob and entropy of each position at `temperature`. */
export function score(g: Graph, x: Tensor, targets: Tensor, shards: readonly Shard[], temperature: number, limit = CHUNK): Scores {
  const { gpu } = g
  const [n, width] = x.shape as [number, number]
  const pieces = chunks(shards, limit.columns)
  const scores = g.tensor([n, 2])
  const running = g.tensor([n, 4])
  const step = Math.max(64, limit.rows - (limit.rows % 64))
  const blocks = Array.from({ length: Math.ceil(n / step) }, (_, i) => {
    const start = i * step
    const rows = Math.min(step, n - start)
    const part = (t: Tensor, columns: number) => slice(t, start * columns, [rows, columns])
    return { start, rows, part }
  })
  const logits = g.tensor([Math.min(step, n), Math.max(...pieces.map((p) => p.count))])
  const fill = (rows: number, from: Tensor, piece: { count: number; table: Matrix }) =>
    nt(gpu, { x: from, w: piece.table, y: logits, m: rows, k: width, n: piece.count, scale: 1 / temperature })
  for (const { rows, part } of blocks) {
    for (const piece of pieces) {
      fill(rows, part(x, width), piece)
      const size = words(rows, piece.count, piece.first, { f32: temperature })
      gpu.launch(gpu.pipeline(kernel, 'merge'), rows, size, [logits, part(targets, 1), part(running, 4)])
    }
    gpu.launch(gpu.pipeline(kernel, 'finish'), rows, words(rows), [undefined, undefined, part(running, 4), part(scores, 2)])
  }
  const backward = (slopes: Tensor) => {
    const dx = g.gradient(x)
    for (const { rows, part } of blocks) {
      for (const piece of pieces) {
        fill(rows, part(x, width), piece)
        const size = words(rows, piece.count, piece.first, { f32: temperature })
        const bindings = [logits, part(targets, 1), part(running, 4), part(scores, 2), part(slopes, 2)]
        gpu.launch(gpu.pipeline(kernel, 'slope'), rows * piece.count, size, bindings)
        nn(gpu, { x: logits, w: piece.table, y: part(dx, width), m: rows, k: piece.count, n: width, add: true })
      }
    }
  }
  return { scores, backward }
}
