/** ONNX Runtime on the CPU (WebAssembly), on the same file: the reference of `verify`. */
import * as ort from 'onnxruntime-web'
import type { Repository } from '../hub/repository'
import type { ModelConfig } from '../onnx/config'
import { scan } from '../onnx/scan'
import { besideFile } from '../onnx/weight'
import type { Tokens } from '../policy/policy'

/** Numbers of one batch of logits; keeps it below 256 MB. */
const BATCH = 2 ** 26

export class OrtReference {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly config: ModelConfig,
  ) {}

  static async open(repository: Repository, file: string, config: ModelConfig): Promise<OrtReference> {
    const size = await repository.size(file)
    const { tensors } = await scan((offset, length) => repository.read(file, offset, length), size, file)
    const names = new Set([...tensors.values()].flatMap(({ data }) => ('file' in data ? [data.file] : [])))
    const externalData = await Promise.all(
      [...names].map(async (path) => {
        const beside = besideFile(file, path)
        return { path, data: await repository.read(beside, 0, await repository.size(beside)) }
      }),
    )
    ort.env.logLevel = 'error'
    const session = await ort.InferenceSession.create(await repository.read(file, 0, size), {
      executionProviders: ['wasm'],
      externalData,
      logSeverityLevel: 3,
    })
    return new OrtReference(session, config)
  }

  /** Log-prob of every token after the first, [B][T − 1]; every row is scored whole, without a cache. */
  async logprobs(rows: Tokens[]): Promise<number[][]> {
    const result: number[][] = rows.map(() => [])
    for (const { indices, length } of this.batches(rows)) {
      const logits = await this.logits(indices.map((i) => rows[i]!))
      indices.forEach((row, b) => {
        for (let t = 0; t + 1 < length; t++) {
          const at = this.position(logits, b * length + t)
          result[row]!.push(at[rows[row]![t + 1]!]! - logSumExp(at))
        }
      })
    }
    return result
  }

  /** The most probable token after each row, and how far its logit is ahead of the second. */
  async next(rows: Tokens[]): Promise<{ token: number; lead: number }[]> {
    const result: { token: number; lead: number }[] = []
    for (const { indices, length } of this.batches(rows)) {
      const logits = await this.logits(indices.map((i) => rows[i]!))
      indices.forEach((row, b) => {
        const at = this.position(logits, b * length + length - 1)
        const token = at.indexOf(Math.max(...at))
        const second = at.reduce((best, x, i) => (i === token ? best : Math.max(best, x)), Number.NEGATIVE_INFINITY)
        result[row] = { token, lead: at[token]! - second }
      })
    }
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

  private position(logits: Float32Array, at: number): Float32Array {
    return logits.subarray(at * this.config.vocabulary, (at + 1) * this.config.vocabulary)
  }

  /** [B, T, V] of rows of one length. */
  private async logits(rows: Tokens[]): Promise<Float32Array> {
    const [B, T] = [rows.length, rows[0]!.length]
    const int64 = (value: (b: number, t: number) => number) =>
      new ort.Tensor('int64', BigInt64Array.from({ length: B * T }, (_, i) => BigInt(value(Math.floor(i / T), i % T))), [B, T])
    const feeds: Record<string, ort.Tensor> = {}
    for (const name of this.session.inputNames) {
      if (name === 'input_ids') feeds[name] = int64((b, t) => rows[b]![t]!)
      else if (name === 'attention_mask') feeds[name] = int64(() => 1)
      else if (name === 'position_ids') feeds[name] = int64((_, t) => t)
      else if (name.startsWith('past_key_values.')) {
        feeds[name] = new ort.Tensor('float32', new Float32Array(0), [B, this.config.kvHeads, 0, this.config.headDim])
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
