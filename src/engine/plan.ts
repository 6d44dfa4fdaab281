/**
 * What a run takes on this device and whether it fits, before its weights are there: the parts of memory.ts, the bytes that
 * micro-batches may take, and the verdict of policy/verdict.ts.
 */
import type { AdapterProfile } from '../gpu/open'
import { linearSizes, type DecoderConfig } from '../models/decoder'
import type { Model } from '../onnx/model'
import type { BatchSize, MemoryPlan } from '../policy/host'
import { FOUR_BITS, judge, largestOf, type Candidate, type Change } from '../policy/verdict'
import { modelConfig } from './load'
import type { LoraShape } from './lora-shape'
import { activationBytes, ADAPTERS, memoryPlan, modelParameters, weightBytes } from './memory'

const MB = 2 ** 20
/** What the engine knows of a model before its weights are read. */
export interface Planned {
  config: DecoderConfig
  parameters: number
  weights: number
  /** Bytes of the largest matrix but for the embedding and the head, which are cut over bindings. */
  largest: number
}

export function countParameters(source: Model): number {
  return modelParameters(modelConfig(source), !source.weights.head, source.weights.layers[0]?.qBias !== undefined)
}

export function plannedModel(source: Model): Planned {
  const weights = weightBytes(source)
  const parameters = countParameters(source)
  const config = modelConfig(source)
  const matrices = Object.values(linearSizes(config)).map(([input, output]) => input * output)
  return { config, parameters, weights, largest: (weights / parameters) * Math.max(...matrices) }
}

/** Bytes for the activations of a micro-batch, and as many for the keys and values of rollouts: half of what is left, within bounds. */
export function budgetOf({ limits }: Pick<AdapterProfile, 'limits'>, { weights }: Planned): number {
  const room = limits.maxBufferSize - weights
  return Math.min(512 * MB, limits.maxBufferSize, Math.max(32 * MB, Math.floor(room / 4 / MB) * MB))
}

/** `budget` of this plan alone; else what budgetOf says of each. */
export function planRun(
  model: Planned, lora: LoraShape, batch: BatchSize, { limits }: Pick<AdapterProfile, 'limits'>, budget?: number,
): MemoryPlan {
  const alpha = lora.scale * lora.rank
  const candidate = ({ bits, tokens = batch.tokens, rows = batch.rows, rank = lora.rank }: Change): Candidate => {
    const packed = (bytes: number) => (bits ? Math.min(bytes, (bytes / model.weights) * FOUR_BITS * model.parameters) : bytes)
    const changed = { ...model, weights: packed(model.weights) }
    const shape = { ...lora, rank, scale: alpha / rank }
    const bytes = budget ?? budgetOf({ limits }, changed)
    const plan = memoryPlan(model.config, model.parameters, shape, { ...batch, rows, tokens }, bytes, changed.weights)
    const recomputed = tokens * activationBytes(model.config, shape, true) > bytes
    return { ...plan, recomputed, largest: largestOf(plan.parts[1]!.bytes / ADAPTERS, packed(model.largest)) }
  }
  const { parts, total } = candidate({})
  return { parts, total, verdict: judge(limits, { ...batch, rank: lora.rank }, candidate) }
}
