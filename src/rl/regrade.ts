/**
 * What other rewards would have made of a step that is already sampled: the same advantages that its algorithm computes, from scores that
 * need not be those it had. With its own scores it gives the advantages of its report.
 */
import type { GrpoSettings } from './grpo'
import { advantagesOf, leaveOneOut } from './math/advantages'
import { estimate, valuedStates } from './math/ppo'
import { rewardsOf, type Scores } from './math/rewards'
import { mean } from './math/statistics'
import type { MotifSettings } from './motif'
import type { PpoSettings } from './ppo'
import type { TokenRecord } from './report'
import type { ReftSettings } from './reft'
import { gapsOf, type RlooSettings } from './rloo'

/** The methods that compare rewards, with their settings. */
export type Comparing =
  | ({ name: 'grpo' } & GrpoSettings)
  | ({ name: 'motif' } & MotifSettings)
  | ({ name: 'rloo' } & RlooSettings)
  | ({ name: 'ppo' } & PpoSettings)
  | ({ name: 'reft' } & ReftSettings)

export interface Regraded {
  /** [N]; NaN where no grader could score. */
  rewards: number[]
  /** Of each completion, [N]; with a value head the mean over its tokens. */
  advantages: number[]
}

/**
 * `given` are scores of the N completions in the order of the groups; `cut` says which of them the limit ended. The record is needed where
 * the reward holds a KL, and where a value head says what was expected; throws one sentence without it.
 */
export function regrade(settings: Comparing, given: Scores, tokens: TokenRecord | undefined, cut: boolean[]): Regraded {
  if (settings.name === 'ppo' || settings.name === 'reft') return byValues(settings, given, tokens, cut)
  if (settings.name !== 'rloo') return advantagesOf(given, settings)
  if (settings.beta === 0) return leaveOneOut(given, settings)
  if (!tokens?.old || !tokens.reference) throw new Error('the KL is a part of this reward, and this step’s tokens are no longer held; ' +
    'take a later step')
  return leaveOneOut(given, settings, gapsOf(tokens.old, tokens.reference, tokens.counts).map((row) => settings.beta * sum(row)))
}

function byValues(settings: PpoSettings | ReftSettings, given: Scores, tokens: TokenRecord | undefined, cut: boolean[]): Regraded {
  if (!tokens?.old || !tokens.reference || !tokens.values) throw new Error('this step’s tokens and values are no longer held; take a ' +
    'later step')
  const rewards = rewardsOf(given)
  const missing = rewards.findIndex(Number.isNaN)
  if (missing >= 0) throw new Error(`no grader could score completion ${missing + 1} of the step, and PPO needs a score of each; add a ` +
    `grader that can`)
  const valued = valuedStates(tokens.old.map(({ length }) => length), settings.max_completion_length, settings.convention)
  const scores = rewards.map((r, b) => r - (cut[b] ? (settings.missing_eos_penalty ?? 0) : 0))
  const experience = { old: tokens.old, reference: tokens.reference, values: tokens.values, scores, valued }
  return { rewards, advantages: estimate(experience, settings).advantages.map(mean) }
}

const sum = (row: number[]): number => row.reduce((a, b) => a + b, 0)
