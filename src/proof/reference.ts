/**
 * Whom our numbers are compared with: ONNX Runtime on the same bytes where it computes them in float32, otherwise our own forward
 * pass in f64 on the dequantised weights, on the CPU and without the engine's kernels.
 */
import type { Repository } from '../hub/repository'
import { next, score, type Matrix64, type Model64 } from '../models/float64'
import { modelInFloat64 } from '../onnx/dequantise'
import type { Model } from '../onnx/model'
import { scan } from '../onnx/scan'
import type { Tokens } from '../policy/policy'
import { OrtReference, type Ort } from './ort'
import { roundsActivations } from './ort-graph'

/** The most probable token, and how far its logit is ahead of the second. */
export interface Choice {
  token: number
  lead: number
}

export interface Reference {
  kind: 'ort' | 'dequantised'
  /** Tokens that are best scored in one call: between calls, work can be shown and stopped. */
  tokens: number
  /** In words, with the reason where it is not ONNX Runtime. */
  about: string
  /** Of every token after the first, [B][T − 1]. */
  logprobs(rows: Tokens[]): Promise<number[][]>
  /** What would stand in place of each row's tokens `first`, first + 1, …, after the tokens before it, [B][T − first]. */
  choices(rows: Tokens[], first: number): Promise<Choice[][]>
  close(): Promise<void>
}

/** Tokens that go through the f64 model at once. */
const TOKENS = 4096
/** Dequantised matrices of models of fewer numbers are kept: 128 MiB. */
const KEPT = 2 ** 24

/** @param loadOrt onnxruntime-web, which is loaded only where the graph computes in float32 */
export async function openReference(
  repository: Repository, file: string, model: Model, parameters: number, loadOrt: () => Promise<Ort>,
): Promise<Reference> {
  const graph = await scan((offset, length) => repository.read(file, offset, length), await repository.size(file), file)
  let why = roundsActivations(graph)
  if (why === undefined) {
    try {
      return await OrtReference.open(await loadOrt(), repository, file, graph, model.config)
    } catch (error) {
      if ((error as Error).name === 'AbortError') throw error
      why = `ONNX Runtime cannot run it: ${firstLine(error).slice(0, 300)}`
    }
  }
  return openDequantised(model, parameters, why)
}

export async function openDequantised(model: Model, parameters: number, why: string): Promise<Reference> {
  const whole = await modelInFloat64(model)
  const model64 = parameters <= KEPT ? kept(whole) : whole
  return {
    kind: 'dequantised',
    tokens: TOKENS,
    about: `our f64 forward on the dequantised weights (${why})`,
    async logprobs(rows) {
      const result: number[][] = []
      for (const part of partsOf(rows, TOKENS)) result.push(...(await score(model64, part)).logprobs)
      return result
    },
    async choices(rows, first) {
      const prefixes = rows.flatMap((row) => row.slice(first).map((_, t) => row.slice(0, first + t)))
      const found: Choice[] = []
      for (const part of partsOf(prefixes, TOKENS)) found.push(...(await next(model64, part)))
      let at = 0
      return rows.map((row) => row.slice(first).map(() => found[at++]!))
    },
    close: () => Promise.resolve(),
  }
}

/** Rows in their order, in parts of at most so many tokens, or a single row. */
export function partsOf(rows: Tokens[], tokens: number): Tokens[][] {
  const result: Tokens[][] = []
  let room = 0
  for (const row of rows) {
    if (result.length === 0 || row.length > room) {
      result.push([])
      room = tokens
    }
    result.at(-1)!.push(row)
    room -= row.length
  }
  return result
}

function kept(model: Model64): Model64 {
  const seen = new Map<Matrix64, Matrix64>()
  const keep = (matrix: Matrix64) => {
    const found = seen.get(matrix) ?? keepMatrix(matrix)
    seen.set(matrix, found)
    return found
  }
  const layers = model.layers.map((layer) => ({
    ...layer,
    q: keep(layer.q),
    k: keep(layer.k),
    v: keep(layer.v),
    o: keep(layer.o),
    gate: keep(layer.gate),
    up: keep(layer.up),
    down: keep(layer.down),
  }))
  return { ...model, embedding: keep(model.embedding), head: keep(model.head), layers }
}

function keepMatrix(matrix: Matrix64): Matrix64 {
  const { rows, columns, turned } = matrix
  const [high, width] = turned ? [columns, rows] : [rows, columns]
  let whole: Promise<Float64Array> | undefined
  return {
    ...matrix,
    async read(first, count) {
      whole ??= matrix.read(0, high)
      return (await whole).subarray(first * width, (first + count) * width)
    },
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.replace(/[.\s]+$/, '')
}
