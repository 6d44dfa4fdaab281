/**
 * By hand (ETUDE_BY_HAND=1; ETUDE_LAYERS, 2 unless said): Qwen2.5-0.5B's shape with random weights of 4 bits, one LoRA step of 8 × 256
 * tokens, one prompt of 128 for all; the memory that it holds against the plan. All 24 layers are for a GPU.
 */
import { expect, it } from 'vitest'
import { uniform } from '../kernels/check'
import { nodeGpu } from '../gpu/node'
import { openGpu, profile, requestAdapter } from '../gpu/open'
import { linearSizes } from '../models/decoder'
import type { Model } from '../onnx/model'
import type { MatrixSource, WeightSource } from '../onnx/weight'
import { LORA_TARGETS, type Tokens } from '../policy/policy'
import { CAPABILITIES, Engine } from './engine'
import { loadModel, modelConfig } from './load'
import { LoraParameters } from './lora'
import { budgetOf, planRun, plannedModel } from './plan'

const LAYERS = Number(process.env.ETUDE_LAYERS ?? 2)
const BLOCK = 32

const config = {
  family: 'qwen2', layers: LAYERS, hidden: 896, heads: 14, kvHeads: 2, headDim: 64, ffn: 4864, vocabulary: 151_936, rmsNormEps: 1e-6,
  qkNorm: false, contextLength: 1024, tied: true, eos: [0],
} as unknown as Model['config'] // prettier-ignore

/** Codes at random, scales so that each output is about as large as an input. */
function matrix(rows: number, columns: number, seed: number): MatrixSource {
  const read = (_: number, count: number) => {
    const codes = uniform((count * columns) / 8, seed).map((x) => x * 0x80000000)
    const values = new Uint8Array(Int32Array.from(codes).buffer)
    const scales = new Float32Array((count * columns) / BLOCK).fill(1 / (4.6 * Math.sqrt(columns)))
    return Promise.resolve({ values, scales })
  }
  const format = { kind: 'blocks', bits: 4, block: BLOCK, codes: 'linear' } as const
  return {
    dims: [rows, columns],
    stored: { rows, columns, format, turned: false, zeros: false, read },
    read: () => Promise.reject(new Error('is read in pieces')),
  }
}

function vector(size: number, value: number): WeightSource {
  return { dims: [size], read: () => Promise.resolve(new Float32Array(size).fill(value)) }
}

function source(): Model {
  const sizes = linearSizes(modelConfig({ config } as Model))
  let seed = 1
  const linear = (name: keyof typeof sizes) => matrix(sizes[name][1], sizes[name][0], seed++)
  const layers = Array.from({ length: LAYERS }, () => ({
    inputNorm: vector(896, 1), postNorm: vector(896, 1), qBias: vector(896, 0), kBias: vector(128, 0), vBias: vector(128, 0),
    q: linear('q_proj'), k: linear('k_proj'), v: linear('v_proj'), o: linear('o_proj'),
    gate: linear('gate_proj'), up: linear('up_proj'), down: linear('down_proj'),
  })) // prettier-ignore
  const weights = { embedding: matrix(151_936, 896, 0), finalNorm: vector(896, 1), layers }
  const rope = { rows: 1024, frequencies: { angles: Array.from({ length: 32 }, (_, i) => 1e6 ** (-i / 32)), amplitude: 1 } }
  return { config, weights, rope, warnings: [], dialect: 'genai', dtype: 'q4', activations: 'f32' } as unknown as Model
}

it.skipIf(!process.env.ETUDE_BY_HAND)(`${LAYERS} layers of Qwen2.5-0.5B: a LoRA step of 8 × 256 (by hand: ETUDE_BY_HAND=1)`, { timeout: 3_600_000 }, async () => {
  const adapter = await requestAdapter(await nodeGpu())
  const gpu = await openGpu(adapter)
  const model = source()
  const shape = { rank: 8, scale: 2, targets: LORA_TARGETS }
  const decoder = await loadModel(gpu, model)
  const lora = new LoraParameters(gpu, decoder.config, shape)
  lora.initialise(1)
  const budget = budgetOf(profile(adapter), plannedModel(model))
  const about = { rank: 8, alpha: 16, targets: [...LORA_TARGETS], parameters: lora.count }
  const info = { model: 'shape', parameters: 0, contextLength: 1024, vocabulary: 151_936, eos: [0], adapter: about, can: CAPABILITIES, device: { name: '', software: true, tier: '' } }
  const engine = new Engine(gpu, decoder, lora, info, { activations: budget, cache: budget }, 1)
  const tokens = (seed: number): Tokens => uniform(128, seed).map((x) => Math.floor((x + 1) * 75_000))
  const rows = Array.from({ length: 8 }, (_, b) => ({ prompt: tokens(1), completion: tokens(b + 2) }))
  const seconds: number[] = []
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const since = performance.now()
    const result = await work()
    seconds.push((performance.now() - since) / 1000)
    return result
  }
  const { id, logprob } = await timed(() => engine.forward({ rows, temperature: 1 }))
  expect(logprob.flat().every(Number.isFinite)).toBe(true)
  await timed(() => engine.backward(id, { logprob: logprob.map((row, b) => row.map(() => (b % 2 ? 1 : -1))) }))
  const { gradNorm } = await timed(() => engine.step({ learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }))
  expect(gradNorm).toBeGreaterThan(0)
  const plan = planRun(plannedModel(model), shape, { rows: 8, tokens: 256, shared: { group: 8, prompt: 128 } }, profile(adapter))
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  console.info(
    `${profile(adapter).name}: held ${mb(gpu.peak)}, planned ${mb(plan.total)} (${plan.verdict!.fits}); forward, backward, step: ` +
      `${seconds.map((s) => s.toFixed(1)).join(', ')} s`,
  )
  expect(gpu.peak).toBeLessThan(1.1 * plan.total)
  await engine.close()
})
