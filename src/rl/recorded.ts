/**
 * The loss of the GRPO family on what a step saw of its tokens. The step itself computes it so, piece by piece; from the record that it
 * left, anybody can compute it again, and under other settings or advantages.
 */
import type { PerToken } from '../policy/policy'
import { bonusOf } from './math/entropy'
import { policyLoss, tokenLosses, type Loss, type ObjectiveInput, type TokenLoss } from './math/objective'
import { correctionOf } from './math/ratio'
import type { Objective } from './objective-settings'
import type { TokenRecord } from './report'

/** What the loss reads of a record: everything but the slopes, which come of it. */
export type Seen = Omit<TokenRecord, 'slope' | 'advantages' | 'values' | 'returns'> & { advantages: number[] }

/** The loss of `size` rows of a record from row `start` on, one piece of a step, and its slopes. `bonus` is the entropy's coefficient. */
export function pieceLoss(tokens: Seen, settings: Objective, start: number, size: number, bonus: number | undefined): Loss {
  return policyLoss(pieceOf(tokens, settings, start, size, bonus), bounded(settings))
}

const bounded = (settings: Objective) => ({ ...settings, epsilon_high: settings.epsilon_high ?? settings.epsilon })

function pieceOf(tokens: Seen, settings: Objective, start: number, size: number, bonus: number | undefined): ObjectiveInput {
  const part = <T>(of: T[]) => of.slice(start, start + size)
  const [sampled, logprob, counts] = [part(tokens.sampled), part(tokens.logprob), part(tokens.counts)]
  const piece = { sampled, logprob, counts, old: tokens.old && part(tokens.old) }
  const mask = maskOf(piece)
  return {
    logprob: piece.logprob,
    old: piece.old,
    reference: tokens.reference && part(tokens.reference),
    entropy: part(tokens.entropy),
    advantages: part(tokens.advantages),
    mask,
    stepTokens: maskOf(tokens).flat().filter(Boolean).length,
    pieces: settings.gradient_accumulation_steps,
    sampled: piece.sampled,
    correction: correction(driftOf(piece), mask, settings),
    bonus,
  }
}

/** Which tokens count, [B][T]. */
export const maskOf = ({ sampled, counts }: Pick<Seen, 'sampled' | 'counts'>) => sampled.map((row, b) => row.map(() => counts[b]!))

/** The trainer's log-probs of the policy that sampled minus the sampler's own, [B][T]. */
export function driftOf({ sampled, old, logprob }: Pick<Seen, 'sampled' | 'old' | 'logprob'>): PerToken {
  return sampled.map((row, b) => row.map((lp, t) => (old ?? logprob)[b]![t]! - lp))
}

/** What the terms of the loss are multiplied by, [B][T]; undefined where nothing is corrected. */
export function correction(drift: PerToken, mask: boolean[][], settings: Objective): PerToken | undefined {
  const { importance_sampling_correction: mode, importance_sampling_clip_min: min, importance_sampling_clip_max: max } = settings
  return mode === 'off' ? undefined : correctionOf(drift, mask, mode, { min, max })
}

/**
 * The loss of a whole recorded step and its slopes [B][T], under the settings and with the advantages [B] given. An adaptive entropy
 * bonus is left out: its coefficient is the run's, not the settings'.
 */
export function recordedLoss(tokens: TokenRecord, settings: Objective, advantages: number[]): { loss: number; slope: PerToken } {
  const bonus = settings.use_adaptive_entropy ? undefined : bonusOf(settings, { coefficient: settings.entropy_coef })
  const parts = inPieces(tokens, settings, (start, size) => pieceLoss({ ...tokens, advantages }, settings, start, size, bonus))
  return {
    loss: parts.reduce((sum, { loss }) => sum + loss, 0),
    slope: parts.flatMap(({ slope }) => slope.logprob),
  }
}

/** The same token by token, [B][T]: what each adds to the loss, and what of it. */
export function recordedTokens(tokens: TokenRecord, settings: Objective, advantages: number[]): TokenLoss[][] {
  const input = (start: number, size: number) => pieceOf({ ...tokens, advantages }, settings, start, size, undefined)
  return inPieces(tokens, settings, (start, size) => tokenLosses(input(start, size), bounded(settings))).flat()
}

/** The equal pieces that a step's rows went through the model in. */
function inPieces<T>({ counts }: TokenRecord, settings: Objective, each: (start: number, size: number) => T): T[] {
  const { gradient_accumulation_steps: pieces } = settings
  const size = counts.length / pieces
  return Array.from({ length: pieces }, (_, i) => each(i * size, size))
}
