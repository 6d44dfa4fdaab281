/**
 * Rotary frequencies stretched for longer texts, by transformers' formulas (modeling_rope_utils), in f64. Plain (arXiv
 * 2104.09864): f_i = theta^(−2i / D), angle = position · f_i, w_i = 2π / f_i, L = the length that the model was first trained on.
 *
 *   linear   f_i / s
 *   dynamic  f_i up to max_position_embeddings, which is as far as we go (beyond, theta grows with the text's length)
 *   llama3   f_i / s where w > L / low, f_i where w < L / high, between: ((1 − t) / s + t) · f_i, t = (L / w − low) / (high − low)
 *   yarn     (arXiv 2309.00071) f_i · (1 − r) + f_i / s · r, r = clamp((i − a) / (b − a)), cos and sin times 0.1 ln s + 1
 *            where a and b are D ln(L / (2π β)) / (2 ln theta) for β fast and slow, rounded outwards, within 0 … D − 1
 */
import type { Json, ModelConfig } from './config'

export type RopeScaling =
  | { kind: 'linear'; factor: number }
  | { kind: 'dynamic'; factor: number }
  | { kind: 'llama3'; factor: number; original: number; low: number; high: number }
  | { kind: 'yarn'; factor: number; original: number; betaFast: number; betaSlow: number; truncate: boolean; amplitude: number }

export interface Frequencies {
  /** Radians a position, [D / 2]. */
  angles: Float64Array
  /** Factor on cos and sin. */
  amplitude: number
}

const KINDS = ['default', 'linear', 'dynamic', 'llama3', 'yarn'] as const

/** undefined for the plain kind; throws one sentence for a kind that is not known or a number that is missing. */
export function readScaling(json: Json, config: Pick<ModelConfig, 'contextLength'>, where: string): RopeScaling | undefined {
  const given = json.rope_type ?? json.type ?? 'default'
  const kind = KINDS.find((known) => known === given)
  if (!kind) {
    const kinds = KINDS.join(', ')
    throw new Error(`${where}: the rope type is ${JSON.stringify(given).slice(0, 80)}, and only ${kinds} are known; choose another model.`)
  }
  const number = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
    const found = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 80)
    throw new Error(`${where}: ${key} of the ${kind} rope scaling is ${found}; correct it.`)
  }
  const original = () => number('original_max_position_embeddings', config.contextLength)
  switch (kind) {
    case 'default':
      return undefined
    case 'linear':
      return { kind, factor: number('factor') }
    case 'dynamic':
      return { kind, factor: number('factor') }
    case 'llama3':
      return {
        kind,
        factor: number('factor'),
        original: number('original_max_position_embeddings'),
        low: number('low_freq_factor'),
        high: number('high_freq_factor'),
      }
    case 'yarn': {
      const factor = number('factor', config.contextLength / original())
      const scale = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
      const weighed = json.mscale && json.mscale_all_dim ? scale(number('mscale')) / scale(number('mscale_all_dim')) : scale(1)
      return {
        kind, factor, original: original(), betaFast: number('beta_fast', 32), betaSlow: number('beta_slow', 1),
        truncate: json.truncate !== false, amplitude: number('attention_factor', weighed),
      } // prettier-ignore
    }
  }
}

export function frequencies(config: Pick<ModelConfig, 'headDim' | 'ropeTheta'>, scaling?: RopeScaling): Frequencies {
  const { headDim, ropeTheta } = config
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headDim))
  switch (scaling?.kind) {
    case 'linear':
      return { angles: plain.map((f) => f / scaling.factor), amplitude: 1 }
    case 'llama3': {
      const { factor, original, low, high } = scaling
      const angles = plain.map((f) => {
        const turns = (original * f) / (2 * Math.PI) // L / w
        if (turns < low) return f / factor
        if (turns > high) return f
        const t = (turns - low) / (high - low)
        return ((1 - t) / factor + t) * f
      })
      return { angles, amplitude: 1 }
    }
    case 'yarn': {
      const { factor, original, betaFast, betaSlow, truncate, amplitude } = scaling
      const end = (beta: number) => (headDim * Math.log(original / (beta * 2 * Math.PI))) / (2 * Math.log(ropeTheta))
      const a = Math.max(0, truncate ? Math.floor(end(betaFast)) : end(betaFast))
      const b = Math.min(headDim - 1, truncate ? Math.ceil(end(betaSlow)) : end(betaSlow))
      const angles = plain.map((f, i) => {
        const r = Math.min(1, Math.max(0, (i - a) / (b === a ? 1e-3 : b - a)))
        return f * (1 - r) + (f / factor) * r
      })
      return { angles, amplitude }
    }
    default:
      return { angles: plain, amplitude: 1 }
  }
}
