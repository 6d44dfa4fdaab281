/**
 * The kernels and shapes of `--suite kernels`, with the FLOPs and bytes of each: a product [m, k]·[k, n] has 2mkn FLOP, attention 4·D
 * a pair of query and key forward and 10·D backward. Contents do not change the time: zeros, but for tables that are read as indices.
 */
import type { Graph } from '../../gpu/tape'
import type { Tensor } from '../../gpu/tensor'
import { attention } from '../../kernels/attention'
import { attendCached } from '../../kernels/cache'
import { embedding, type Shard } from '../../kernels/embedding'
import { score } from '../../kernels/head'
import { nn, nt, tn } from '../../kernels/matmul'
import { plain, type Matrix } from '../../kernels/matrix'
import { residual } from '../../kernels/residual'
import { rmsnorm } from '../../kernels/rmsnorm'
import { rope } from '../../kernels/rope'
import { sample } from '../../kernels/sample'
import { swiglu } from '../../kernels/swiglu'

export interface KernelCase {
  name: string
  flops: number
  bytes: number
  /** Makes the operands; what it returns launches the kernel. */
  prepare: (g: Graph) => () => void
}

export interface Shapes {
  /** [m, k, n] */
  products: [number, number, number][]
  /** Rows of the head and of decoding, tokens of elementwise kernels. */
  decoded: number
  tokens: number
  rank: number
  width: number
  vocabulary: number
  heads: number
  kvHeads: number
  headDim: number
  /** Attention: sequences of so many tokens; decoding: prompt tokens. */
  sequences: number
  length: number
  /** The ceiling: numbers that are copied; chains of FMAs and their rounds. */
  copied: number
  chains: number
  rounds: number
}

/** For software adapters: some milliseconds each. */
export const smallShapes: Shapes = {
  products: [[8, 256, 1024], [128, 256, 256], [256, 256, 256]], decoded: 8, tokens: 256, rank: 8, width: 256, vocabulary: 1024,
  heads: 4, kvHeads: 2, headDim: 64, sequences: 4, length: 64, copied: 2 ** 22, chains: 4096, rounds: 128,
} // prettier-ignore

/** For GPUs: Qwen2.5-0.5B's, and a square product. */
export const largeShapes: Shapes = {
  products: [[8, 896, 4864], [2048, 896, 4864], [2048, 2048, 2048]], decoded: 8, tokens: 2048, rank: 16, width: 896, vocabulary: 151_936,
  heads: 14, kvHeads: 2, headDim: 64, sequences: 8, length: 256, copied: 2 ** 25, chains: 2 ** 20, rounds: 512,
} // prettier-ignore

export function kernelCases(s: Shapes): KernelCase[] {
  return [...s.products.flatMap(([m, k, n]) => products(m, k, n)), gradients(s), ...attentions(s), ...elementwise(s), ...heads(s)]
}

const zeros = (g: Graph, ...shape: number[]): Tensor => g.upload(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)

function products(m: number, k: number, n: number): KernelCase[] {
  const one = (name: string, weights: number, matrix: (g: Graph) => Matrix, multiply: typeof nn): KernelCase => ({
    name: `${name} ${m} × ${k} × ${n}`, flops: 2 * m * k * n, bytes: 4 * (m * k + m * n) + weights,
    prepare: (g) => {
      const [x, y, w] = [zeros(g, m, k), g.tensor([m, n]), matrix(g)]
      return () => multiply(g.gpu, { x, w, y, m, k, n })
    },
  }) // prettier-ignore
  const q4 = (g: Graph): Matrix => ({
    rows: n, columns: k, format: { kind: 'blocks', bits: 4, block: 32, codes: 'linear' }, turned: false,
    values: g.upload(new Uint32Array((n * k) / 8), [n, k / 8]), scales: zeros(g, n, k / 32),
  }) // prettier-ignore
  return [
    one('nn f32', 4 * k * n, (g) => plain(zeros(g, k, n)), nn),
    one('nt f32', 4 * k * n, (g) => plain(zeros(g, n, k)), nt),
    one('nt q4', (n * k) / 2 + (n * k) / 8, q4, nt),
  ]
}

/** LoRA's gradient: [T, rank]ᵀ·[T, C], summed row by row. */
function gradients({ sequences, length, rank, width }: Shapes): KernelCase {
  const tokens = sequences * length
  return {
    name: `tn ${rank} × ${tokens} × ${width}`, flops: 2 * tokens * rank * width, bytes: 4 * (tokens * (rank + width) + 2 * rank * width),
    prepare: (g) => {
      const [x, w, y] = [zeros(g, tokens, rank), zeros(g, tokens, width), zeros(g, rank, width)]
      const rows = g.upload(Uint32Array.from({ length: sequences + 1 }, (_, i) => i * length))
      return () => tn(g.gpu, { x, w, y, m: rank, n: width }, rows)
    },
  } // prettier-ignore
}

function attentions({ sequences, length, heads, kvHeads, headDim, decoded }: Shapes): KernelCase[] {
  const tokens = sequences * length
  const pairs = heads * sequences * ((length * (length + 1)) / 2)
  const [wide, narrow] = [tokens * heads * headDim, tokens * kvHeads * headDim]
  const size = { heads, kvHeads, headDim }
  const shape = `${sequences} × ${length} tokens, ${heads}/${kvHeads} heads of ${headDim}`
  const operands = (g: Graph) => {
    const [q, k, v] = [zeros(g, tokens, heads * headDim), zeros(g, tokens, kvHeads * headDim), zeros(g, tokens, kvHeads * headDim)]
    const spans = Array.from({ length: tokens }, (_, t) => Math.floor(t / length) * length).flatMap((first) => [first, first + length])
    return { q, k, v, spans: g.upload(Uint32Array.from(spans), [tokens, 2]) }
  }
  return [
    {
      name: `attention forward ${shape}`, flops: 4 * headDim * pairs, bytes: 4 * 2 * (wide + narrow),
      prepare: (g) => {
        const { q, k, v, spans } = operands(g)
        return () => void attention(g, q, k, v, spans, size)
      },
    },
    {
      name: `attention backward ${shape}`, flops: 10 * headDim * pairs, bytes: 4 * 4 * (wide + narrow),
      prepare: (g) => {
        const { q, k, v, spans } = operands(g)
        for (const each of [q, k, v]) g.track(each)
        const o = attention(g, q, k, v, spans, size)
        for (const each of [q, k, v, o]) g.gradient(each)
        return () => g.backward()
      },
    },
    {
      name: `cached attention ${decoded} rows after ${length} tokens, ${heads}/${kvHeads} heads of ${headDim}`,
      flops: 4 * headDim * heads * decoded * (length + 1), bytes: 4 * 2 * kvHeads * headDim * (length + decoded),
      prepare: (g) => {
        const own = () => zeros(g, decoded, 1, kvHeads * headDim)
        const prompt = () => zeros(g, length, kvHeads * headDim)
        const cache = { promptK: prompt(), promptV: prompt(), ownK: own(), ownV: own(), capacity: 1 }
        const table = g.upload(sequencesOf(decoded, length), [decoded, 4])
        const positions = g.upload(new Uint32Array(decoded).fill(length))
        const [q, k, v] = [zeros(g, decoded, heads * headDim), zeros(g, decoded, kvHeads * headDim), zeros(g, decoded, kvHeads * headDim)]
        return () => void attendCached(g, q, k, v, cache, table, positions, size)
      },
    },
  ] // prettier-ignore
}

/** [M, 4]: slot, first prompt token, prompt length, 0. */
function sequencesOf(rows: number, prompt: number): Uint32Array {
  return Uint32Array.from(Array.from({ length: rows }, (_, slot) => [slot, 0, prompt, 0]).flat())
}

function elementwise({ tokens, width, heads, headDim }: Shapes): KernelCase[] {
  const size = tokens * width
  const one = (name: string, arrays: number, numbers: number, prepare: KernelCase['prepare']): KernelCase => ({ name, flops: 0, bytes: 4 * arrays * numbers, prepare })
  return [
    one(`rmsnorm ${tokens} × ${width}`, 2, size, (g) => {
      const [x, w] = [zeros(g, tokens, width), zeros(g, width)]
      return () => void rmsnorm(g, x, w, 1e-6)
    }),
    one(`swiglu ${tokens} × ${4 * width}`, 3, 4 * size, (g) => {
      const [gate, up] = [zeros(g, tokens, 4 * width), zeros(g, tokens, 4 * width)]
      return () => void swiglu(g, gate, up)
    }),
    one(`residual ${tokens} × ${width}`, 3, size, (g) => {
      const [a, b] = [zeros(g, tokens, width), zeros(g, tokens, width)]
      return () => void residual(g, a, b)
    }),
    one(`rope ${tokens} × ${heads} heads of ${headDim}`, 2, tokens * heads * headDim, (g) => {
      const [x, cos, sin] = [zeros(g, tokens, heads * headDim), zeros(g, tokens, headDim / 2), zeros(g, tokens, headDim / 2)]
      const positions = g.upload(Uint32Array.from({ length: tokens }, (_, t) => t))
      return () => void rope(g, x, { cos, sin }, positions)
    }),
  ]
}

function heads({ decoded, tokens, width, vocabulary }: Shapes): KernelCase[] {
  const table = (g: Graph): Shard[] => [{ first: 0, rows: vocabulary, table: plain(zeros(g, vocabulary, width)) }]
  const targets = (g: Graph, n: number) => g.upload(Uint32Array.from({ length: n }, (_, i) => i % vocabulary))
  const rows = Math.min(tokens, 256)
  const weights = 4 * vocabulary * width
  const shape = (n: number) => `${n} × ${width} × ${vocabulary}`
  const operands = (g: Graph) => ({ x: zeros(g, rows, width), ids: targets(g, rows), shards: table(g) })
  return [
    {
      name: `embedding ${tokens} × ${width}`, flops: 0, bytes: 4 * 2 * tokens * width,
      prepare: (g) => {
        const [ids, shards] = [targets(g, tokens), table(g)]
        return () => void embedding(g, ids, shards)
      },
    },
    {
      name: `head forward ${shape(rows)}`, flops: 2 * rows * width * vocabulary, bytes: weights + 4 * rows * width,
      prepare: (g) => {
        const { x, ids, shards } = operands(g)
        return () => void score(g, x, ids, shards, 1)
      },
    },
    {
      name: `head backward ${shape(rows)}`, flops: 4 * rows * width * vocabulary, bytes: 2 * weights + 8 * rows * width,
      prepare: (g) => {
        const { x, ids, shards } = operands(g)
        g.track(x)
        const scored = score(g, x, ids, shards, 1)
        g.gradient(x)
        const slopes = zeros(g, rows, 2)
        return () => scored.backward(slopes)
      },
    },
    {
      name: `head and draw ${shape(decoded)}`, flops: 2 * decoded * width * vocabulary, bytes: weights + 4 * decoded * width,
      prepare: (g) => {
        const [x, shards] = [zeros(g, decoded, width), table(g)]
        const integers = (...shape: number[]) => g.upload(new Uint32Array(shape.reduce((a, b) => a * b, 1)), shape)
        const positions = integers(decoded)
        const s = { table: g.upload(sequencesOf(decoded, 0), [decoded, 4]), keys: integers(decoded, 2), positions, ids: integers(decoded), drawn: integers(64, decoded, 2), slots: decoded }
        return () => sample(g, x, shards, { temperature: 1 }, s)
      },
    },
  ] // prettier-ignore
}
