/** What an algorithm yields: one report per optimizer step, in TRL's metric names. Plain data, ready for JSON. */

export interface CompletionRecord {
  text: string
  /** The text of each token, for display; joined they may differ from `text` in spaces only. */
  pieces: string[]
  finish: 'stop' | 'length'
  /** Each grader's score before its weight; null where it could not score. */
  scores: Record<string, number | null>
  reward: number
  advantage: number
}

/** One question and the completions sampled for it. */
export interface GroupRecord {
  prompt: string
  solution: string
  completions: CompletionRecord[]
}

export interface Evaluation {
  /** The optimizer steps made before it. */
  step: number
  problems: number
  correct: number
  accuracy: number
  /** Wilson's 95 % interval. */
  low: number
  high: number
  /** Sampled at this temperature; 0 is greedy. */
  temperature: number
  meanLength: number
  /** Tokens generated for training so far. */
  numTokens: number
}

export interface StepReport {
  /** 1 for the first optimizer step. */
  step: number
  /**
   * TRL's names: loss, grad_norm, learning_rate, reward, reward_std, frac_reward_zero_std, entropy, kl, num_tokens,
   * completions/mean_length, …; and ours: generated_tokens, the completion tokens sampled for training so far.
   * What has no value (a mean over nothing) is left out.
   */
  metrics: Record<string, number>
  /** The rollouts of this step; empty where a step reuses earlier ones. */
  groups: GroupRecord[]
  /** Whether a checkpoint taken now can be resumed exactly. */
  resumable: boolean
}
