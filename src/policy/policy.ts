/**
 * The door between an algorithm and a model. Only token ids and numbers pass through it: no text, no rewards, no GPU.
 * Letters: Q questions, G completions of each, B rows of a batch, T tokens of a completion (ragged).
 */

/** The token ids of one sequence. */
export type Tokens = number[]

/** One number for each completion token, [B][T_b]; natural logarithms and nats. */
export type PerToken = number[][]

/** Which weights answer: the adapter being trained, the bare model, or a snapshot by its name. */
export type Adapter = 'current' | 'off' | (string & {})

/** What a policy can do; an algorithm asks before it starts, and nothing pretends. */
export interface Capabilities {
  train: boolean
  snapshots: boolean
  valueHead: boolean
  entropySlope: boolean
  topP: boolean
  topK: boolean
  minP: boolean
  inspect: boolean
  /** False where a server does not say the gradient's norm: step then gives NaN. */
  gradNorm?: boolean
  /** False where a server does not say the entropy: forward then gives NaN. */
  entropy?: boolean
}

export type LoraTarget = 'q_proj' | 'k_proj' | 'v_proj' | 'o_proj' | 'gate_proj' | 'up_proj' | 'down_proj'
export const LORA_TARGETS: readonly LoraTarget[] = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

/** Low-rank adapter: W + (alpha / rank) · B·A on each target linear (arXiv 2106.09685). */
export interface AdapterSpec {
  rank: number
  alpha: number
  targets: LoraTarget[]
  /** Seed of A's random start, A ~ U(±1/√in) as PEFT draws it; B starts at zero. */
  seed: number
  /** A repository or folder with a PEFT adapter to go on from; rank, alpha and targets are then its own. */
  start?: string | undefined
}

export interface PolicyInfo {
  /** The model's id, as it was opened. */
  model: string
  parameters: number
  contextLength: number
  vocabulary: number
  /** Ids that end a completion. */
  eos: number[]
  adapter: { rank: number; alpha: number; targets: LoraTarget[]; parameters: number }
  can: Capabilities
  /** The GPU's own name, whether it is a software adapter, and the kernel tier in use. */
  device: { name: string; software: boolean; tier: string }
}

/** Why random numbers are drawn; streams of different purposes never share a key. */
export type Purpose = 'rollout' | 'evaluation' | 'probe' | 'chat'

/**
 * Key of the counter-based random numbers. `prompt` and `sample` are the numbers of the first prompt and of the first
 * completion in this call; the others count on from there.
 */
export interface SampleKey {
  seed: number
  purpose: Purpose
  step: number
  attempt?: number
  prompt?: number
  round?: number
  sample?: number
}

export interface SampleOptions {
  /** Completions of each prompt (G). */
  n: number
  maxTokens: number
  /** Token ids that end a completion; the ending token is part of it. */
  stop: number[]
  /** 0 is greedy; its log-probs are those at temperature 1. */
  temperature: number
  topP?: number
  topK?: number
  minP?: number
  adapter?: Adapter
  key: SampleKey
  signal?: AbortSignal
}

export interface Completion {
  tokens: Tokens
  /** Under the full vocabulary at the sampling temperature, [T]. */
  logprobs: number[]
  finish: 'stop' | 'length'
}

/** Tokens as they come, for display: completion `sample` of prompt `prompt` goes on with `tokens`. */
export type OnTokens = (news: { prompt: number; sample: number; tokens: Tokens }[]) => void

export interface Row {
  prompt: Tokens
  completion: Tokens
}

export interface Batch {
  rows: Row[]
  /** Divides the logits before the softmax; > 0. */
  temperature: number
}

export interface Forward {
  /** Names this forward pass to `backward`; good for one backward, until the next forward or step. */
  id: number
  logprob: PerToken
  /** Of the whole distribution at each position, nats. */
  entropy: PerToken
  /**
   * Where the policy has a value head, [B][T_b + 1]: value t is of the state before completion token t (the position that predicts
   * it), the last of the state after the whole completion.
   */
  value?: PerToken
}

/** d(loss) / d(what forward returned), in the same shapes. */
export interface Slope {
  logprob: PerToken
  entropy?: PerToken
  value?: PerToken
}

/** Decoupled weight decay (arXiv 1711.05101), after clipping the global gradient norm as torch does. */
export interface AdamW {
  learningRate: number
  /** Of the value head; learningRate when left out. */
  valueLearningRate?: number | undefined
  beta1: number
  beta2: number
  epsilon: number
  weightDecay: number
  /** 0 turns clipping off. */
  maxGradNorm: number
  /** Forgets the steps before this one, even where it is then refused: moments and their count begin anew. */
  restart?: boolean | undefined
}

/** For finite differences; names are PEFT's. */
export interface Inspect {
  tensors(): Promise<{ name: string; shape: number[] }[]>
  read(name: string): Promise<number[]>
  gradient(name: string): Promise<number[]>
  /** Adds size · direction to the tensor. */
  nudge(name: string, direction: number[], size: number): Promise<void>
}

export interface Policy {
  readonly info: PolicyInfo
  /** [Q][G]. Rejects with an AbortError when the signal aborts. */
  sample(prompts: Tokens[], options: SampleOptions, onTokens?: OnTokens): Promise<Completion[][]>
  logprobs(batch: Batch, adapter: Adapter): Promise<PerToken>
  forward(batch: Batch): Promise<Forward>
  /** Adds d(loss)/d(parameters) to the gradients; rows are summed in their order, whatever the micro-batch. */
  backward(id: number, slope: Slope): Promise<void>
  /**
   * One optimizer step on the summed gradients, which are zeroed after it; gradNorm is before clipping. Rejects, with nothing
   * changed, when the gradient is not finite.
   */
  step(adamw: AdamW): Promise<{ gradNorm: number }>
  /** Puts a new adapter in place of the current one, as opening without a start gives it, and a new optimizer; snapshots stay. */
  renew(): Promise<void>
  snapshot(name: string): Promise<void>
  drop(name: string): Promise<void>
  /** Adapter, value head, optimizer state and snapshots, exact to the bit. */
  save(): Promise<Uint8Array>
  load(bytes: Uint8Array): Promise<void>
  /** The adapter as PEFT writes it, and the value head in a file beside it: file name → bytes. */
  exportAdapter(): Promise<Record<string, Uint8Array>>
  close(): Promise<void>
  readonly inspect?: Inspect
  /** Bytes of the device's memory that it holds, and the most that it has held; absent where that is not known. */
  memory?(): Promise<{ now: number; peak: number }>
}
