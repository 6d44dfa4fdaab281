/**
 * A record's tokens as the page shows them. Every number is the record's own or comes from rl/math: nothing of a loss is computed here
 * a second time.
 */
import { clips } from '../../rl/math/losses'
import type { TokenLoss } from '../../rl/math/objective'
import { klOf, ppoLoss, weights, type PpoSettings } from '../../rl/math/ppo'
import type { Objective } from '../../rl/objective-settings'
import { recordedTokens } from '../../rl/recorded'
import type { TokenRecord } from '../../rl/report'
import type { Rule } from './rule'

export interface TokenView {
  /** log π before the update, of the policy that sampled, and of the reference. */
  logprob: number
  old: number
  reference: number | undefined
  entropy: number
  advantage: number
  ratio: number
  /** vespo's weight of the row. */
  phi: number
  /** A bound took the slope, or, with cispo, a part of the weight. */
  held: boolean
  /** What the term is multiplied by, 1 as a rule; 0: masks leave the token out. */
  by: number
  /** Divergence from the reference at this token. */
  kl: number | undefined
  /** The term ℓ, what it weighs in the step's loss, and the token's part of that loss. */
  term: number
  weight: number
  share: number
  /** d(loss) / d(log π), from the record. */
  slope: number
  /** With a value head: what it expected before this token, and what came. */
  value: number | undefined
  returns: number | undefined
}

/** All rows of a record, [B][T]; a row that was in another minibatch is empty. */
export function lookAt(tokens: TokenRecord, rule: Exclude<Rule, { of: 'none' }>): TokenView[][] {
  return rule.of === 'ppo' ? ofPpo(tokens, rule.settings) : ofFamily(tokens, rule.settings)
}

function ofFamily(tokens: TokenRecord, settings: Objective): TokenView[][] {
  const advantages = tokens.advantages as number[]
  return recordedTokens(tokens, settings, advantages).map((row, b) =>
    row.map((loss, t) => {
      const { w, phi, by, k3, term, weight, share } = loss
      const A = advantages[b]!
      return {
        ...common(tokens, b, t), advantage: A, ratio: w, phi, by, weight, share, term: term.value,
        held: bounded(loss, A, settings), kl: settings.beta === 0 ? undefined : k3, value: undefined, returns: undefined,
      }
    }),
  )
}

/** With bounds on the ratio, a token beyond them has no slope left; cispo's has less weight than its ratio. */
function bounded({ w, by, term }: TokenLoss, A: number, { loss_type: type }: Objective): boolean {
  if (A === 0 || by === 0) return false
  return clips(type) ? term.byRatio === 0 : type === 'cispo' && term.byLogprob !== -(w * A)
}

function ofPpo(tokens: TokenRecord, settings: PpoSettings): TokenView[][] {
  const advantages = tokens.advantages as number[][]
  const seen = tokens.logprob.flatMap((row, b) => (row.length > 0 ? [b] : []))
  const ofRow = weights(seen.map((b) => tokens.logprob[b]!), settings.convention)
  return tokens.logprob.map((row, b) =>
    row.map((lp, t) => {
      const of = common(tokens, b, t)
      const A = advantages[b]![t]!
      // a batch of this one token, whose mean is itself
      const alone = { logprob: [[lp]], old: [[of.old]], advantages: [[A]], value: [[]], oldValues: [[]], returns: [[]] }
      const { metrics } = ppoLoss(alone, settings)
      const weight = ofRow[seen.indexOf(b)]!
      const term = metrics['loss/policy_avg']!
      return {
        ...of, advantage: A, ratio: metrics['val/ratio']!, phi: 1, by: 1, weight, term, share: weight * term,
        held: metrics['policy/clipfrac_avg'] === 1,
        kl: of.reference === undefined ? undefined : klOf(of.reference - of.old, settings.kl_estimator),
        value: tokens.values?.[b]?.[t], returns: tokens.returns?.[b]?.[t],
      }
    }),
  )
}

function common(tokens: TokenRecord, b: number, t: number) {
  const logprob = tokens.logprob[b]![t]!
  return {
    logprob,
    old: tokens.old?.[b]?.[t] ?? logprob,
    reference: tokens.reference?.[b]?.[t],
    entropy: tokens.entropy[b]![t]!,
    slope: tokens.slope[b]![t]!,
  }
}
