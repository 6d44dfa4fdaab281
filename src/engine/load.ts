/** From an ONNX file to a model on the GPU, one tensor at a time, matrices in the format of the file. */
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import type { Decoder, DecoderConfig, DecoderLayer } from '../models/decoder'
import type { Model } from '../onnx/model'
import type { MatrixSource, StoredMatrix, WeightSource } from '../onnx/weight'
import { weightBytes } from './memory'
import { uploadMatrix, uploadTable } from './upload'

export function modelConfig({ config }: Model): DecoderConfig {
  const { layers, hidden, heads, kvHeads, headDim, ffn, vocabulary, rmsNormEps: eps, qkNorm } = config
  return { layers, hidden, heads, kvHeads, headDim, ffn, vocabulary, eps, qkNorm }
}

export interface LoadOptions {
  /** Told after each piece: bytes on the device, and of all weights. */
  onBytes?: (done: number, total: number) => void
  /** Bytes of one binding of the embedding and the head; the device's limit unless said. */
  binding?: number | undefined
}

/** Uploads the weights. */
export async function loadModel(gpu: Gpu, source: Model, { onBytes, binding }: LoadOptions = {}): Promise<Decoder> {
  const { weights } = source
  const limit = binding ?? gpu.device.limits.maxStorageBufferBindingSize
  const total = weightBytes(source)
  let done = 0
  const count = (bytes: number) => onBytes?.((done += bytes), total)
  const counted = (stored: StoredMatrix): StoredMatrix => ({
    ...stored,
    async read(first, rows) {
      const piece = await stored.read(first, rows)
      count(piece.values.length + 4 * ((piece.scales?.length ?? 0) + (piece.zeros?.length ?? 0)))
      return piece
    },
  })
  const vector = async (weight: WeightSource): Promise<Tensor> => {
    const values = await weight.read()
    count(4 * values.length)
    return hold(gpu, values)
  }
  const matrix = ({ stored }: MatrixSource) => uploadMatrix(gpu, counted(stored))
  const table = ({ stored }: MatrixSource) => uploadTable(gpu, counted(stored), limit)

  const embedding = await table(weights.embedding)
  const head = weights.head ? await table(weights.head) : embedding
  const layers: DecoderLayer[] = []
  for (const layer of weights.layers) {
    layers.push({
      inputNorm: await vector(layer.inputNorm),
      postNorm: await vector(layer.postNorm),
      weights: {
        q_proj: await matrix(layer.q),
        k_proj: await matrix(layer.k),
        v_proj: await matrix(layer.v),
        o_proj: await matrix(layer.o),
        gate_proj: await matrix(layer.gate),
        up_proj: await matrix(layer.up),
        down_proj: await matrix(layer.down),
      },
      biases: {
        ...(layer.qBias && { q_proj: await vector(layer.qBias) }),
        ...(layer.kBias && { k_proj: await vector(layer.kBias) }),
        ...(layer.vBias && { v_proj: await vector(layer.vBias) }),
      },
      ...(layer.qNorm && { qNorm: await vector(layer.qNorm) }),
      ...(layer.kNorm && { kNorm: await vector(layer.kNorm) }),
    })
  }
  const finalNorm = await vector(weights.finalNorm)
  const rope = await ropeTables(gpu, source)
  count(4 * (rope.cos.size + rope.sin.size))
  return { config: modelConfig(source), embedding, head, finalNorm, layers, rope }
}

/** Numbers of a rotary table that are made at once. */
const STRIP = 2 ** 18

/** cos and sin of every position: from f64, a strip at a time, or the file's own tables where they are followed. */
async function ropeTables(gpu: Gpu, { config, rope }: Model): Promise<Decoder['rope']> {
  const half = config.headDim / 2
  const rows = config.contextLength
  const { frequencies } = rope
  if (!frequencies) {
    const { cos, sin } = await rope.tables(rows)
    return { cos: hold(gpu, Float32Array.from(cos), [rows, half]), sin: hold(gpu, Float32Array.from(sin), [rows, half]) }
  }
  const { angles, amplitude } = frequencies
  const table = (f: (angle: number) => number) => {
    const tensor = gpu.hold([rows, half])
    for (let start = 0; start < tensor.size; start += STRIP) {
      const value = (_: unknown, i: number) => amplitude * f(Math.floor((start + i) / half) * angles[(start + i) % half]!)
      gpu.write(tensor, Float32Array.from({ length: Math.min(STRIP, tensor.size - start) }, value), start)
    }
    return tensor
  }
  return { cos: table(Math.cos), sin: table(Math.sin) }
}

function hold(gpu: Gpu, values: Float32Array, shape = [values.length]): Tensor {
  const tensor = gpu.hold(shape)
  gpu.write(tensor, values)
  return tensor
}
