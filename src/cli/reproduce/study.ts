/** A method's reproduction: which runs are compared, and what is read from them. */
import type { Arm, ArmResults, Claim } from './results'

export interface Plan {
  seeds: number[]
  quick: boolean
  /** Generated tokens of each run. */
  tokens: number
}

/** A line of rollouts.jsonl. */
export interface Rollout {
  step: number
  question: number
  completions: {
    reward: number
    scores: Record<string, number | null>
    trajectories?: { success: number }[]
  }[]
}

export interface Study {
  method: string
  model: string
  tokens: { full: number; quick: number }
  /** Equal parts of the tokens, with an evaluation after each. */
  parts: number
  arms(plan: Plan): Arm[]
  /** Headings of the tables, by set. */
  sets: Record<string, string>
  /** What the paper claims, measured: from the arms' results and from the rollouts of a run. */
  claims(arms: ArmResults[], rollouts: (arm: string, set: string, seed: number) => Rollout[], metrics: StepsOf): Claim[]
}

/** Lines of steps.jsonl of a run. */
export type StepsOf = (arm: string, set: string, seed: number) => Record<string, number>[]
