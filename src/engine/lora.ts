/**
 * What learns: the LoRA parameters of a model (arXiv 2106.09685) and, where wanted, a linear value head after them, all in one flat
 * tensor, so that AdamW, norms, snapshots and checkpoints are one call each. Each matrix starts at a multiple of 64 numbers; the gaps
 * stay zero. Names are PEFT's, and trl's for the head.
 */
import type { Gpu } from '../gpu/gpu'
import { paddedSize, sizeOf, slice, type Tensor } from '../gpu/tensor'
import type { Lora } from '../kernels/linear'
import type { ValueHead } from '../kernels/value'
import { linearSizes, type DecoderConfig, type Target } from '../models/decoder'
import { linearName, loraAt, type LoraShape } from './lora-shape'
import { uniform } from './random'

/** Where one matrix or vector lies in the flat tensor. */
export interface Place {
  name: string
  shape: readonly number[]
  start: number
}

export interface LoraPlace extends Place {
  layer: number
  target: Target
  matrix: 'a' | 'b'
  /** [R, in] for a, [out, R] for b. */
  shape: [number, number]
  rank: number
  scale: number
}

/** Where each matrix lies in the flat tensor, in PEFT's order of layers. */
export function loraPlaces(config: DecoderConfig, lora: LoraShape): LoraPlace[] {
  const sizes = linearSizes(config)
  const places: LoraPlace[] = []
  let start = 0
  for (let layer = 0; layer < config.layers; layer++) {
    for (const target of lora.targets) {
      const at = loraAt(lora, layer, target)
      if (!at) continue
      const [input, output] = sizes[target]
      const { rank } = at
      const name = `base_model.model.${linearName(layer, target)}`
      for (const matrix of ['a', 'b'] as const) {
        const shape: [number, number] = matrix === 'a' ? [rank, input] : [output, rank]
        places.push({ name: `${name}.lora_${matrix.toUpperCase()}.weight`, layer, target, matrix, shape, start, ...at })
        start += paddedSize(sizeOf(shape))
      }
    }
  }
  return places
}

function headPlaces(hidden: number, start: number): Place[] {
  return [
    { name: 'v_head.weight', shape: [1, hidden], start },
    { name: 'v_head.bias', shape: [1], start: start + paddedSize(hidden) },
  ]
}

export class LoraParameters {
  /** Of LoRA's matrices. */
  readonly places: LoraPlace[]
  /** Of the value head, [1, C] and [1]; none without one. */
  readonly headPlaces: Place[]
  readonly parameters: Tensor
  readonly gradients: Tensor
  readonly m: Tensor
  readonly v: Tensor
  readonly snapshots = new Map<string, Tensor>()
  /** Optimizer steps made. */
  steps = 0
  private readonly byKey: Map<string, LoraPlace>

  constructor(
    private readonly gpu: Gpu,
    config: DecoderConfig,
    readonly shape: LoraShape,
    valueHead = false,
  ) {
    this.places = loraPlaces(config, shape)
    this.byKey = new Map(this.places.map((p) => [`${p.layer}.${p.target}.${p.matrix}`, p]))
    const last = this.places.at(-1)
    if (!last)
      throw new Error('The adapter has no linear to adapt: name at least one of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj')
    const end = last.start + paddedSize(sizeOf(last.shape))
    this.headPlaces = valueHead ? headPlaces(config.hidden, end) : []
    const size = end + this.headPlaces.reduce((sum, p) => sum + paddedSize(sizeOf(p.shape)), 0)
    this.parameters = gpu.hold([size])
    this.gradients = gpu.hold([size])
    this.m = gpu.hold([size])
    this.v = gpu.hold([size])
  }

  get all(): Place[] {
    return [...this.places, ...this.headPlaces]
  }

  /** Where the value head begins. */
  get headStart(): number | undefined {
    return this.headPlaces[0]?.start
  }

  /** Numbers that learn, without the gaps. */
  get count(): number {
    return this.all.reduce((sum, p) => sum + sizeOf(p.shape), 0)
  }

  /** A ~ U(±1/√in), as PEFT draws it (Kaiming with a = √5); B = 0. */
  initialise(seed: number): void {
    const values = new Float32Array(this.parameters.size)
    const random = uniform(seed ^ 0x9e3779b9)
    for (const { shape, start, matrix } of this.places) {
      if (matrix === 'b') continue
      const bound = 1 / Math.sqrt(shape[1])
      for (let i = 0; i < sizeOf(shape); i++) values[start + i] = bound * (2 * random() - 1)
    }
    this.gpu.write(this.parameters, values)
  }

  /**
   * The pairs that `adapter` names, by layer and linear; none for the bare model. With `learning` their gradients are summed.
   * Throws when there is no such snapshot.
   */
  pairs(adapter: string, learning = false): (layer: number, target: Target) => Lora | undefined {
    const from = this.named(adapter)
    const view = (flat: Tensor, p: LoraPlace) => slice(flat, p.start, p.shape)
    return (layer, target) => {
      const a = this.byKey.get(`${layer}.${target}.a`)
      const b = this.byKey.get(`${layer}.${target}.b`)
      if (!from || !a || !b) return undefined
      const gradients = learning ? { a: view(this.gradients, a), b: view(this.gradients, b) } : undefined
      return { a: view(from, a), b: view(from, b), rank: a.rank, scale: a.scale, ...(gradients && { gradients }) }
    }
  }

  /** The value head, if there is one; with `learning` its gradients are summed. */
  head(learning: boolean): ValueHead | undefined {
    const [weight, bias] = this.headPlaces
    if (!weight || !bias) return undefined
    const view = (flat: Tensor) => ({ weight: slice(flat, weight.start, weight.shape), bias: slice(flat, bias.start, bias.shape) })
    return { ...view(this.parameters), ...(learning && { gradients: view(this.gradients) }) }
  }

  /** The parameters that `adapter` names; undefined for the bare model. */
  private named(adapter: string): Tensor | undefined {
    if (adapter === 'current') return this.parameters
    if (adapter === 'off') return undefined
    const snapshot = this.snapshots.get(adapter)
    if (!snapshot) throw new Error(`There is no snapshot "${adapter}": take it first with snapshot("${adapter}")`)
    return snapshot
  }

  snapshot(name: string): void {
    if (name === 'current' || name === 'off') throw new Error(`A snapshot cannot be called "${name}"`)
    const copy = this.snapshots.get(name) ?? this.gpu.tensor([this.parameters.size])
    this.gpu.copy(this.parameters, copy)
    this.snapshots.set(name, copy)
  }

  drop(name: string): void {
    const snapshot = this.snapshots.get(name)
    if (snapshot) this.gpu.release(snapshot)
    this.snapshots.delete(name)
  }

  place(name: string): Place {
    const place = this.all.find((p) => p.name === name)
    if (!place) throw new Error(`The adapter has no tensor "${name}"`)
    return place
  }
}
