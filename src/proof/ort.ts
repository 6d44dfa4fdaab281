/** ONNX Runtime on the CPU (WebAssembly) in float32, on the same file: the first choice of reference. */
import type { InferenceSession, Tensor } from 'onnxruntime-web'
import type { Repository } from '../hub/repository'
import type { ModelConfig } from '../onnx/config'
import type { Graph } from '../onnx/scan'
import { besideFile } from '../onnx/weight'
import type { Tokens } from '../policy/policy'
import { computeInFloat } from './ort-graph'
import type { Choice, Reference } from './reference'

/** onnxruntime-web, as the place where this runs has loaded it. */
export type Ort = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor'>

/** Numbers of one batch of logits; keeps it below 64 MB. */
const BATCH = 2 ** 24

export class OrtReference implements Reference {
  readonly kind = 'ort'
  readonly about: string

  readonly tokens: number

  private constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    private readonly config: ModelConfig,
    changed: number,
  ) {
    this.tokens = config.vocabulary > 2 ** 12 ? 64 : 512
    this.about = changed === 0 ? 'ONNX Runtime' : `ONNX Runtime (accuracy_level of ${changed} nodes set to 0: float32)`
  }

  /** Rejects where ONNX Runtime does not run the file, which one token shows. */
  static async open(ort: Ort, repository: Repository, file: string, graph: Graph, config: ModelConfig): Promise<OrtReference> {
    const names = new Set([...graph.tensors.values()].flatMap(({ data }) => ('file' in data ? [data.file] : [])))
    const externalData = await Promise.all(
      [...names].map(async (path) => {
        const beside = besideFile(file, path)
        return { path, data: await repository.read(beside, 0, await repository.size(beside)) }
      }),
    )
    const bytes = await repository.read(file, 0, await repository.size(file))
    const changed = await computeInFloat(bytes, file)
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      externalData,
      logSeverityLevel: 4,
      // The same for weights that stand behind DequantizeLinear.
      extra: { session: { qdq_matmulnbits_accuracy_level: '0' } },
    })
    const reference = new OrtReference(ort, session, config, changed)
    try {
      await reference.logits([[0]])
    } catch (error) {
      await session.release()
      throw error
    }
    return reference
  }

  /** Every row is scored whole, without a cache. */
  async logprobs(rows: Tokens[]): Promise<number[][]> {
    const result: number[][] = rows.map(() => [])
    await this.each(rows, (row, t, logits) => {
      const id = rows[row]![t + 1]
      if (id !== undefined) result[row]!.push(logits[id]! - logSumExp(logits))
    })
    return result
  }

  async choices(rows: Tokens[], first: number): Promise<Choice[][]> {
    const result: Choice[][] = rows.map(() => [])
    await this.each(rows, (row, t, logits) => {
      if (t + 1 >= first && t + 1 < rows[row]!.length) result[row]!.push(best(logits))
    })
    return result
  }

  async close(): Promise<void> {
    await this.session.release()
  }

  /** Rows of one length together, as many as a batch holds. */
  private batches(rows: Tokens[]): { indices: number[]; length: number }[] {
    const lengths = [...new Set(rows.map((row) => row.length))]
    return lengths.flatMap((length) => {
      const indices = [...rows.keys()].filter((i) => rows[i]!.length === length)
      const most = Math.max(1, Math.floor(BATCH / (length * this.config.vocabulary)))
      const count = Math.ceil(indices.length / most)
      return Array.from({ length: count }, (_, i) => ({ indices: indices.slice(i * most, (i + 1) * most), length }))
    })
  }

  /** Calls `take` with the logits [V] after tokens 0 … t of a row, for every row and t. */
  private async each(rows: Tokens[], take: (row: number, t: number, logits: Float32Array) => void): Promise<void> {
    const { vocabulary } = this.config
    for (const { indices, length } of this.batches(rows)) {
      const logits = await this.logits(indices.map((i) => rows[i]!))
      indices.forEach((row, b) => {
        for (let t = 0; t < length; t++) take(row, t, logits.subarray((b * length + t) * vocabulary, (b * length + t + 1) * vocabulary))
      })
    }
  }

  /** [B, T, V] of rows of one length. */
  private async logits(rows: Tokens[]): Promise<Float32Array> {
    const [B, T] = [rows.length, rows[0]!.length]
    const { Tensor } = this.ort
    const int64 = (value: (b: number, t: number) => number) =>
      new Tensor('int64', BigInt64Array.from({ length: B * T }, (_, i) => BigInt(value(Math.floor(i / T), i % T))), [B, T])
    const feeds: Record<string, Tensor> = {}
    for (const name of this.session.inputNames) {
      if (name === 'input_ids') feeds[name] = int64((b, t) => rows[b]![t]!)
      else if (name === 'attention_mask') feeds[name] = int64(() => 1)
      else if (name === 'position_ids') feeds[name] = int64((_, t) => t)
      else if (name.startsWith('past_key_values.')) {
        feeds[name] = new Tensor('float32', new Float32Array(0), [B, this.config.kvHeads, 0, this.config.headDim])
      } else throw new Error(`the model asks for an input ${name}, which is not known; verify a text model.`)
    }
    const { logits, ...rest } = await this.session.run(feeds)
    for (const tensor of Object.values(rest)) tensor.dispose()
    if (!(logits?.data instanceof Float32Array)) throw new Error('the model gives no float32 logits; verify a float32 file.')
    return logits.data
  }
}

function logSumExp(logits: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY
  for (const x of logits) most = Math.max(most, x)
  let sum = 0
  for (const x of logits) sum += Math.exp(x - most)
  return most + Math.log(sum)
}

function best(logits: Float32Array): Choice {
  let [token, most, second] = [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const [id, z] of logits.entries()) {
    if (z > most) [token, most, second] = [id, z, most]
    else if (z > second) second = z
  }
  return { token, lead: most - second }
}
