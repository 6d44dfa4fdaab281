/** Which loss a run's method puts on each token, and with which settings; or, in one sentence, why there is nothing to show of it. */
import type { PpoSettings } from '../../rl/math/ppo'
import type { Objective } from '../../rl/objective-settings'
import { rlooObjective } from '../../rl/rloo'
import type { AlgorithmSpec } from '../../runs/spec'
import { say } from '../words/say'

export type Rule =
  | { of: 'family'; settings: Objective }
  | { of: 'ppo'; settings: PpoSettings & { max_completion_length: number } }
  | { of: 'none'; words: string }

export function ruleOf(algorithm: AlgorithmSpec): Rule {
  switch (algorithm.name) {
    case 'grpo':
    case 'motif':
      return { of: 'family', settings: algorithm }
    case 'rloo':
      return { of: 'family', settings: rlooObjective(algorithm) }
    case 'ppo':
    case 'reft':
      return { of: 'ppo', settings: algorithm }
    case 'sft':
      return { of: 'none', words: say`SFT has one loss for all tokens, −log p of each token of the solution, over their number: each is
        pushed up alike.` }
    case 'self_training':
      return {
        of: 'none',
        words: say`Self-training imitates its right answers: −log p of each of their tokens, over their number. No token is pushed away, and
          none is clipped.`,
      }
    case 'reward_model':
      return { of: 'none', words: say`A reward model is taught by one number for each whole completion: there is no loss of single
        tokens.` }
  }
}
