/** A run: one spec, one policy, one journal; played, paused, stepped, reset. */
import type { Host, Progress } from '../policy/host'
import type { PolicyInfo } from '../policy/policy'
import type { Evaluation, StepReport } from '../rl/report'
import type { RunSpec } from './spec'

export type RunState = 'idle' | 'opening' | 'running' | 'paused' | 'done' | 'failed'

/** A group while it is being sampled: texts grow until its report comes. */
export interface LiveGroup {
  step: number
  prompt: string
  /** Pieces of each completion so far, [G]. */
  completions: string[][]
}

export interface RunListeners {
  state?(state: RunState, error?: Error): void
  progress?(progress: Progress): void
  opened?(info: PolicyInfo): void
  group?(group: LiveGroup): void
  report?(report: StepReport): void
  evaluation?(evaluation: Evaluation): void
}

export interface Summary {
  steps: number
  evaluations: Evaluation[]
  /** Generated for training. */
  tokens: number
  seconds: number
}

export interface Run {
  readonly spec: RunSpec
  readonly state: RunState
  readonly reports: readonly StepReport[]
  readonly evaluations: readonly Evaluation[]
  /** Opens the policy if needed and goes on until paused, done or failed. */
  play(): void
  /** Resolves when the step in progress has ended. */
  pause(): Promise<void>
  /** Makes exactly one optimizer step, then pauses. */
  step(): Promise<void>
  /** Ends the run and frees the policy; a closed run stays readable. */
  close(): Promise<void>
  /** Settles when all steps are made; rejects when the run failed. */
  readonly done: Promise<Summary>
  /** The state after the last resumable step: pass it to `createRun` to go on from there. */
  checkpoint(): Promise<Uint8Array>
  /** PEFT's files. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
}

export declare function createRun(spec: RunSpec, host: Host, listeners?: RunListeners, resume?: Uint8Array): Run
