/** Where policies come from: a worker in the page, a GPU in Node, a server, a fake for tests. `main.tsx` and `cli` hand one in. */
import type { AdapterSpec, Policy, Tokens } from './policy'
import type { Verdict } from './verdict'

export interface ModelDescription {
  id: string
  family: string
  parameters: number
  contextLength: number
  vocabulary: number
  /** Bytes of all its files. */
  bytes: number
  /** What is peculiar about it, in sentences; nothing of it stops a run. */
  notices?: string[]
}

export type Progress =
  | {
      phase: 'downloading'
      file: string
      loaded: number
      total: number
      /** Bytes a second and seconds left, once they can be judged. */
      rate?: number | undefined
      secondsLeft?: number | undefined
      /** What is done, where that is not plain downloading, and why. */
      doing?: 'downloading' | 'checking' | 'waiting'
      why?: string
    }
  /** Weights on their way to the device, in bytes. */
  | { phase: 'uploading'; done: number; total: number }
  | { phase: 'compiling'; done: number; total: number }
  | { phase: 'ready' }

export interface OpenOptions {
  model: string
  /** The ONNX file inside the model's repository; the usual one when left out. */
  file?: string | undefined
  adapter: AdapterSpec
  /** Whether forward also gives values, from a linear head that starts at zero. */
  valueHead?: boolean
  /** Share of the usual memory that the activations of a micro-batch and a batch of rollouts get; all of it when left out. Changes no number. */
  activations?: number | undefined
  /** A PEFT adapter to continue, as its two files. */
  start?: Record<string, Uint8Array>
  /** Aborting stops a download, and `open` rejects with an AbortError; what has come is kept. What is further on goes on. */
  signal?: AbortSignal | undefined
}

/** Rows of a batch, and the tokens of each, prompt and completion. */
export interface BatchSize {
  rows: number
  tokens: number
  /** Where so many rows have the same prompt each time, of so many tokens: it is computed and held once. */
  shared?: { group: number; prompt: number } | undefined
}

/** Bytes of a run's parts on the device, before anything is allocated. */
export interface MemoryPlan {
  parts: { name: string; bytes: number }[]
  total: number
  /** Whether it fits the device; absent where a host knows of no limits. */
  verdict?: Verdict
}

export interface DeviceProfile {
  name: string
  software: boolean
  tier: string
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number }
  features: string[]
}

/** A device in words, for reports. */
export function describeDevice({ name, software }: Pick<DeviceProfile, 'name' | 'software'>): string {
  return software ? `${name}, a software adapter` : name
}

export interface ProveOptions {
  model: string
  /** The ONNX file inside the model's repository; the usual one when left out. */
  file?: string | undefined
  /** Ids to score in place of the model's own text, each row at least one. */
  tokens?: Tokens[] | undefined
  /** Fewer tokens, and gradients of the first layer alone, to which all others lead: for tables of many files. */
  brief?: boolean | undefined
  /** Aborting stops at the next piece of work, and `prove` rejects with an AbortError. */
  signal?: AbortSignal | undefined
}

/** What is compared now, in words, and the part in [0, 1] of the whole comparison that is done; before it the model is opened. */
export type ProveProgress = Progress | { phase: 'proving'; part: string; fraction: number }

/** The gradient of one tensor of the adapter, by its PEFT name, against finite differences. */
export interface GradientCheck {
  name: string
  /** |slope − g·u| / |g·u|; tensors that were moved together have it in common. */
  relative: number
  /** The measured slope in units of the gradient's own: 1 where they agree; of tensors that were moved together, of all. */
  measured: number
  /** The smallest step, in the units of the tensor. */
  step: number
}

/** A greedy token that is not the reference's choice, and the reference's lead over its second, in nats. */
export interface GreedyDifference {
  continuation: number
  at: number
  ours: number
  theirs: number
  lead: number
}

/** One file of a model on this device, against a reference that is none of the engine's. */
export interface Proof {
  model: string
  file: string
  device: string
  /** Formats of the weights, in words. */
  dtype: string
  dialect: 'optimum' | 'genai'
  /** `dequantised`: our own f64 forward on the dequantised weights, where ONNX Runtime cannot run the file in float32. */
  reference: 'ort' | 'dequantised'
  about: string
  /** The largest |Δ log-prob| (nats) and relative error of a gradient that pass. */
  limit: number
  gradientLimit: number
  /** Log-probs compared. */
  tokens: number
  logprob: { maxAbs: number; meanAbs: number }
  /** Of small models, whatever the reference: from the f64 forward on the dequantised weights. */
  dequantised?: { maxAbs: number }
  /** Continuations: the same throughout; other tokens only where the reference's lead is below a thousandth (`ties`); all. */
  greedy: { equal: number; ties: number; of: number; differences: GreedyDifference[] }
  gradients: GradientCheck[]
  /** How far log-probs moved when the adapter did: with the adapter off (0 to the bit), and on. */
  adapter: { off: number; on: number }
  pass: boolean
  warnings: string[]
  /** Where tokens were given: of every token after the first of each row. */
  logprobs?: number[][]
}

export interface Host {
  /** `file` is the ONNX file inside the repository, as in OpenOptions. */
  describe(model: string, file?: string): Promise<ModelDescription>
  plan(model: string, adapter: AdapterSpec, batch: BatchSize, file?: string): Promise<MemoryPlan>
  open(options: OpenOptions, onProgress?: (progress: Progress) => void): Promise<Policy>
  /** Compares a model's numbers with a reference; absent where a host's models cannot be compared. */
  prove?(options: ProveOptions, onProgress?: (progress: ProveProgress) => void): Promise<Proof>
  /** The adapter that would be used; rejects with a plain sentence when there is no WebGPU. */
  profile(): Promise<DeviceProfile>
  /** The bytes of one of a model's text files (tokenizer.json, …). */
  file(model: string, path: string): Promise<string>
  close(): Promise<void>
}

/** The page reacts to these by name; everything else is a plain Error. */
export class DeviceLost extends Error {
  override name = 'DeviceLost'
}
/** The device has not the memory that a run asked for. */
export class OutOfMemory extends Error {
  override name = 'OutOfMemory'
}
/** A loss, a gradient or a number of the policy is infinite or none; nothing was applied. */
export class NotFinite extends Error {
  override name = 'NotFinite'
}
/** A model's files are missing, broken or of a kind that cannot be run; says which and why. */
export class BadModel extends Error {
  override name = 'BadModel'
}
