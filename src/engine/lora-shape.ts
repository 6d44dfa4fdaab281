/** Which linears an adapter has, and of which rank and scale: one for all, or PEFT's exceptions to it. */
import { LORA_TARGETS, type AdapterSpec, type LoraTarget } from '../policy/policy'

export interface LoraShape {
  rank: number
  /** alpha / rank, or alpha / √rank for rsLoRA. */
  scale: number
  targets: readonly LoraTarget[]
  /** Absent where all linears are alike. */
  exceptions?: LoraExceptions
}

/** The fields of adapter_config.json that set linears apart from each other. */
export interface LoraExceptions {
  alpha: number
  rslora: boolean
  /** Rank and alpha by the end of a linear's name, such as `q_proj` or `layers.1.mlp.down_proj`; the first that fits holds. */
  ranks: Record<string, number>
  alphas: Record<string, number>
  /** The layers that have an adapter; all of them when left out. */
  layers?: number[]
}

/** A linear's name as PEFT patterns see it. */
export function linearName(layer: number, target: LoraTarget): string {
  const part = target === 'gate_proj' || target === 'up_proj' || target === 'down_proj' ? 'mlp' : 'self_attn'
  return `model.layers.${layer}.${part}.${target}`
}

/** Rank and scale of one linear's adapter; undefined where it has none. */
export function loraAt(shape: LoraShape, layer: number, target: LoraTarget): { rank: number; scale: number } | undefined {
  const { rank, scale, targets, exceptions } = shape
  if (!targets.includes(target)) return undefined
  if (!exceptions) return { rank, scale }
  const { ranks, alphas, alpha, rslora, layers } = exceptions
  if (layers && !layers.includes(layer)) return undefined
  const name = linearName(layer, target)
  const named = (pattern: Record<string, number>) => {
    const key = Object.keys(pattern).find((end) => name === end || name.endsWith(`.${end}`))
    return key === undefined ? undefined : pattern[key]
  }
  const r = named(ranks) ?? rank
  return { rank: r, scale: (named(alphas) ?? alpha) / (rslora ? Math.sqrt(r) : r) }
}

/** The largest rank of any linear. */
export function largestRank({ rank, exceptions }: LoraShape): number {
  return Math.max(rank, ...Object.values(exceptions?.ranks ?? {}))
}

/** The shape that a run's spec asks for. */
export function loraShape({ rank, alpha, targets }: Pick<AdapterSpec, 'rank' | 'alpha' | 'targets'>): LoraShape {
  return { rank, scale: alpha / rank, targets: targetsAmong(targets) }
}

/** In PEFT's order. */
export function targetsAmong(names: readonly string[]): LoraTarget[] {
  return LORA_TARGETS.filter((target) => names.includes(target))
}
