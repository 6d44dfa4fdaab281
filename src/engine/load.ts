/** From an ONNX file to a model on the GPU, one tensor at a time. */
import type { Gpu } from '../gpu/gpu'
import type { Tensor } from '../gpu/tensor'
import type { Shard } from '../kernels/embedding'
import type { Qwen2, Qwen2Config, Qwen2Layer } from '../models/qwen2'
import type { Model } from '../onnx/model'
import type { WeightSource } from '../onnx/weight'

export function modelConfig({ config }: Model): Qwen2Config {
  const { layers, hidden, heads, kvHeads, headDim, ffn, vocabulary, rmsNormEps: eps } = config
  return { layers, hidden, heads, kvHeads, headDim, ffn, vocabulary, eps }
}

/** Uploads the weights; `onTensor` is told after each of the `total` tensors. */
export async function loadModel(gpu: Gpu, source: Model, onTensor?: (done: number, total: number) => void): Promise<Qwen2> {
  const { weights, config } = source
  const total = 2 + config.layers * 9 + (weights.head ? 1 : 0)
  let done = 0
  const read = async (weight: WeightSource): Promise<Float32Array> => {
    const values = await weight.read()
    onTensor?.(++done, total)
    return values
  }
  const upload = async (weight: WeightSource, shape?: number[]): Promise<Tensor> => gpu.upload(await read(weight), shape)
  const shards = async (weight: WeightSource) => shard(gpu, await read(weight), config.hidden)

  const embedding = await shards(weights.embedding)
  const head = weights.head ? await shards(weights.head) : embedding
  const layers: Qwen2Layer[] = []
  const [q, kv] = [config.heads * config.headDim, config.kvHeads * config.headDim]
  for (const layer of weights.layers) {
    const { hidden, ffn } = config
    layers.push({
      inputNorm: await upload(layer.inputNorm),
      postNorm: await upload(layer.postNorm),
      weights: {
        q_proj: await upload(layer.q, [hidden, q]),
        k_proj: await upload(layer.k, [hidden, kv]),
        v_proj: await upload(layer.v, [hidden, kv]),
        o_proj: await upload(layer.o, [q, hidden]),
        gate_proj: await upload(layer.gate, [hidden, ffn]),
        up_proj: await upload(layer.up, [hidden, ffn]),
        down_proj: await upload(layer.down, [ffn, hidden]),
      },
      biases: {
        ...(layer.qBias && { q_proj: gpu.upload(await layer.qBias.read()) }),
        ...(layer.kBias && { k_proj: gpu.upload(await layer.kBias.read()) }),
        ...(layer.vBias && { v_proj: gpu.upload(await layer.vBias.read()) }),
      },
    })
  }
  const finalNorm = await upload(weights.finalNorm)
  return { config: modelConfig(source), embedding, head, finalNorm, layers, rope: ropeTables(gpu, source) }
}

/** [V, C] cut where one binding ends, at multiples of 64 rows. */
function shard(gpu: Gpu, values: Float32Array, width: number): Shard[] {
  const rows = values.length / width
  const most = Math.floor(gpu.device.limits.maxStorageBufferBindingSize / (4 * width * 64)) * 64
  const shards: Shard[] = []
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first)
    shards.push({ first, rows: count, table: gpu.upload(values.subarray(first * width, (first + count) * width), [count, width]) })
  }
  return shards
}

/** cos and sin of position · theta^(−2i/D) in f64, or the file's own tables where it brings them. */
export function ropeNumbers({ config, ropeTables: own }: Model): { cos: Float32Array; sin: Float32Array; shape: [number, number] } {
  const half = config.headDim / 2
  const shape: [number, number] = [config.contextLength, half]
  if (own) return { cos: own.cos.subarray(0, shape[0] * half), sin: own.sin.subarray(0, shape[0] * half), shape }
  const angle = (i: number) => Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half)
  const table = (f: (x: number) => number) => Float32Array.from({ length: shape[0] * half }, (_, i) => f(angle(i)))
  return { cos: table(Math.cos), sin: table(Math.sin), shape }
}

function ropeTables(gpu: Gpu, source: Model): Qwen2['rope'] {
  const { cos, sin, shape } = ropeNumbers(source)
  return { cos: gpu.upload(cos, shape), sin: gpu.upload(sin, shape) }
}
