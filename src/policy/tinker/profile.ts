/** What a server of the Tinker wire does with what it is sent: its own word where it is ours, else what the probe measured. */
import type { AdamW, AdapterSpec } from '../policy'
import { LORA_TARGETS } from '../policy'

/**
 * How a slope is sent. `own`: as it is, to our own server. `signed`: as cross-entropy with weights −slope, where that is a plain signed
 * sum. `importance`: as importance sampling with the present log-probs, so that the ratio is 1, and advantages −slope; where the server
 * takes means, times what it divides by, which is exact as the loss is linear in the advantages.
 */
export type Route = 'own' | 'signed' | 'importance'

export interface EngineProfile {
  route: Route
  /** Of the loss that the route uses. */
  rows: 'sum' | 'mean'
  tokens: 'sum' | 'mean'
  /** Which settings of AdamW count. */
  adamw: Record<'epsilon' | 'betas' | 'weightDecay' | 'clipping', boolean>
  /** The metric of optim_step that is the gradient's norm; undefined where there is none. */
  gradNorm: string | undefined
  /** LoRA's, fixed by the server; undefined where it does not say. */
  alpha: number | undefined
  /** Absent where nothing can be sampled. */
  sampling?: {
    promptLogprobs: boolean
    /** The same seed gave the same tokens; the ending token is part of a completion. Undefined: could not be told. */
    seeded: boolean
    stopIncluded: boolean | undefined
    /** max |Δ log-prob| between the sampler and the trainer. */
    gap: number
  }
}

export const OWN: EngineProfile = {
  route: 'own',
  rows: 'sum',
  tokens: 'sum',
  adamw: { epsilon: true, betas: true, weightDecay: true, clipping: true },
  gradNorm: 'grad_norm',
  alpha: undefined,
  sampling: { promptLogprobs: true, seeded: true, stopIncluded: true, gap: 0 },
}

/** What a run asks of an engine besides sampling and plain steps. */
export interface Wishes {
  adapter: AdapterSpec
  temperature?: number | undefined
  valueHead?: boolean | undefined
  entropySlope?: boolean | undefined
  /** Whether the entropy of each token decides what is trained. */
  entropy?: boolean | undefined
  /** A reference other than the bare model. */
  snapshot?: boolean | undefined
  optimizer?: Pick<AdamW, 'weightDecay' | 'maxGradNorm' | 'restart'> | undefined
}

/** Everything of it that the engine cannot do, each in a sentence with what to change; empty where the run will be right. */
export function objections(profile: EngineProfile, wishes: Wishes): string[] {
  if (profile.route === 'own') return wishes.adapter.start === undefined ? [] : [START]
  const { adapter, temperature = 1, optimizer } = wishes
  const out: string[] = []
  if (!profile.sampling) out.push('it samples nothing; start it with sampling turned on')
  else if (profile.sampling.stopIncluded === false) out.push('it leaves the ending token out of completions, which then cannot be trained')
  if (temperature !== 1) out.push(`its log-probs are those at temperature 1, not ${temperature}; set temperature to 1`)
  if (wishes.valueHead) out.push('it has no value head; choose an algorithm without one')
  if (wishes.entropySlope) out.push('it takes no slope of the entropy; set entropy_coef to 0')
  if (wishes.entropy) out.push('it says no entropy; set top_entropy_quantile to 1')
  if (wishes.snapshot && profile.sampling?.promptLogprobs !== true) out.push('it gives no log-probs of prompts, which the reference needs; set beta to 0')
  if (adapter.start !== undefined) out.push(START)
  if (adapter.targets.length !== LORA_TARGETS.length) out.push('it trains all seven projections; name all of them in adapter.targets')
  if (profile.alpha === undefined) out.push('it does not say its alpha; find it in its settings and pass it on with --policy-alpha')
  else if (profile.alpha !== adapter.alpha) out.push(`its alpha is ${profile.alpha}, not ${adapter.alpha}; set adapter.alpha to ${profile.alpha}`)
  if (optimizer) out.push(...ignored(profile, optimizer))
  return out
}

const START = 'it takes no adapter to start from by its name; leave adapter.start out'

/** Settings of AdamW that would not count. */
export function ignored({ adamw, route }: EngineProfile, optimizer: Pick<AdamW, 'weightDecay' | 'maxGradNorm' | 'restart'>): string[] {
  if (route === 'own') return []
  const out: string[] = []
  if (!adamw.epsilon || !adamw.betas) out.push('its AdamW takes the learning rate alone, and betas, epsilon, decay and clipping from its own settings')
  else {
    if (optimizer.maxGradNorm > 0 && !adamw.clipping) out.push('it does not clip gradients; set max_grad_norm to 0')
    if (optimizer.weightDecay > 0 && !adamw.weightDecay) out.push('it has no weight decay; set weight_decay to 0')
  }
  if (optimizer.restart) out.push('its AdamW cannot begin anew in the middle of a run')
  return out
}
