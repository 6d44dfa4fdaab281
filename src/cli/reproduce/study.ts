/** A method's reproduction: which runs are compared, and what is read from them. */
import { parseSpec, type RunSpec } from '../../runs/spec'
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

/** More steps than any run makes that ends after its tokens. */
const ENDLESS = 10_000

/**
 * Makes the specs of a study's runs, by seed: each ends after the plan's generated tokens (or after `updates` optimizer steps, where a
 * way of training generates nothing as it goes), with an evaluation after each of the study's equal parts.
 */
export function specs({ model, parts }: Pick<Study, 'model' | 'parts'>, { tokens }: Plan) {
  return ({ evaluation, updates, ...own }: Own): ((seed: number) => RunSpec) =>
    (seed) =>
      parseSpec({
        model,
        ...own,
        ...(updates === undefined ? { steps: ENDLESS, stop: { tokens } } : { steps: updates }),
        seed,
        evaluation: { ...(updates === undefined ? { every: 0, every_tokens: tokens / parts } : { every: updates / parts }), ...evaluation },
      })
}

/** What is an arm's own. */
interface Own {
  task: object
  algorithm: object
  evaluation: object
  graders?: object[]
  motivation?: object | undefined
  updates?: number | undefined
}
