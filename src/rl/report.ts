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
  /** What the completion hands over to the next round, in a method of several rounds; and whether it left that note itself. */
  note?: string
  left?: boolean
  /** The trajectories that go on from it, [k]. */
  trajectories?: TrajectoryRecord[]
}

/** One way on from a first-round completion: rounds 2 … n, the last of which is graded. */
export interface TrajectoryRecord {
  rounds: RoundRecord[]
  /** Each grader's score of the last round. */
  scores: Record<string, number | null>
  /** Whether the last round's answer is right: the share of the weighted scores that it earned, 0 … 1. */
  success: number
  /** Of these rounds' tokens; absent where only the first round is trained. */
  advantage?: number
}

export interface RoundRecord {
  prompt: string
  text: string
  finish: 'stop' | 'length'
  note: string
  /** Whether this round left the note; otherwise it is what goes on without one. */
  left: boolean
}

/** One question and the completions sampled for it. */
export interface GroupRecord {
  prompt: string
  solution: string
  /** What graders compare with, so that completions can be graded anew; absent in journals of earlier versions. */
  answer?: string
  item?: Readonly<Record<string, unknown>>
  completions: CompletionRecord[]
}

/** A share with Wilson's 95 % interval. */
export interface Share {
  accuracy: number
  low: number
  high: number
}

/** What one way of asking gave: how many rounds, greedy or sampled, which adapter. */
export interface Answers extends Share {
  problems: number
  /** Right answers; each problem counts the share of its answers that are right. */
  correct: number
  /** Sampled at this temperature; 0 is greedy. */
  temperature: number
  rounds: number
  /** Answers to each problem (R). */
  generations: number
  /** Completion tokens of one answer, all its rounds together. */
  meanLength: number
  /** The judge's mean score; absent in journals of earlier versions. */
  reward?: number
  /** Of the commonest answer among R, where R > 1. */
  majority?: Share
  /** Of the answer that the reward model scores highest, and of a vote weighed by its scores; where the evaluation asks for it. */
  rerank?: Share
  weighted?: Share
  /** Unbiased pass@k (arXiv 2107.03374, eq. 1) for k = 1, 2, 4, … up to R, where R > 1. */
  passAt?: Record<string, number>
  /** What the task measures beside right and wrong: shares of the `of` answers that a measure applies to. */
  measures?: Record<string, Share & { of: number }>
  /** By the task's levels, where it has any. */
  levels?: Record<string, Share & { problems: number }>
  /** Share of the first rounds that left a note, and of these the share whose note is right; where there are rounds. */
  notes?: { left: number; right?: number }
}

export interface Evaluation extends Answers {
  /** The optimizer steps made before it. */
  step: number
  /** Tokens generated for training so far. */
  numTokens: number
  /** Training questions asked so far. */
  questions: number
  /** Running time so far, evaluations included. */
  seconds: number
  /** The spec's other ways of asking, by their names. */
  variants?: Record<string, Answers>
}

/**
 * What an optimizer step saw of each token, in f64: lists over rows, [B], then tokens, [T]. Rows come in the order of the groups and
 * their completions; later rounds that are trained too come after them. A row that was in another minibatch is empty.
 */
export interface TokenRecord {
  /** log π of the token when it was sampled, as the sampler recorded it. */
  sampled: number[][]
  /** log π before this step's update, and the entropy of the policy's choice there, in nats. */
  logprob: number[][]
  entropy: number[][]
  /** log π of the policy that sampled, as the trainer sees it; null: the same as `logprob`, so that every ratio is 1. */
  old: number[][] | null
  /** log π of the reference model; null where nothing is compared with it. */
  reference: number[][] | null
  /** Of a row, [B]; with a value head of each token, [B][T]. */
  advantages: number[] | number[][]
  /** Which rows count, [B]. */
  counts: boolean[]
  /** d(loss of the step) / d(log π). */
  slope: number[][]
  /** With a value head: what it expected before each token, and what came. */
  values?: number[][]
  returns?: number[][]
}

export interface StepReport {
  /** 1 for the first optimizer step. */
  step: number
  /**
   * TRL's names: loss, grad_norm, learning_rate, reward, reward_std, frac_reward_zero_std, entropy, kl, num_tokens,
   * completions/mean_length, …; and ours: generated_tokens and questions, the completion
   * tokens sampled and the questions asked for training so far.
   * What has no value (a mean over nothing) is left out.
   */
  metrics: Record<string, number>
  /** Why the last completion that a grader failed at got 0, in one sentence; absent where none failed. */
  trouble?: string
  /** The rollouts of this step; empty where a step reuses earlier ones. */
  groups: GroupRecord[]
  /** Of the tokens that this step trained on; absent where a method keeps no such record. */
  tokens?: TokenRecord
  /** Whether a checkpoint taken now can be resumed exactly. */
  resumable: boolean
  /** What the algorithm would carry on with from here; the next run of it finds this in its position. */
  state?: Readonly<Record<string, number>> | undefined
}
