/**
 * What a run will ask for, before anything is opened: tokens and rows as upper bounds, every completion as long as it may be, and
 * memory part by part. Letters as in MOTIF: Q questions, m first-round responses, k trajectories, n rounds, L tokens of a completion.
 */
import { activationBytes, ADAPTERS, memoryPlan, modelParameters, recomputedBytes, rolloutBytes } from '../engine/memory'
import { loraShape, type LoraShape } from '../engine/lora-shape'
import type { ModelShape } from '../hub/catalog'
import type { BatchSize, MemoryPlan } from '../policy/host'
import type { Limits } from '../policy/verdict'
import { ASKED } from '../runs/prompt-length'
import type { RunSpec } from '../runs/spec'

const MIB = 2 ** 20

/** Tokens of a question with its system text, as the released code of MOTIF limits them (max_prompt_length). */
const PROMPT = 1024
/** What the engine gives the activations of a micro-batch, and the keys and values of a batch of rollouts (engine/host.ts). */
export const BUDGET = 512 * MIB

/** One sample call, each number at most: `n` completions of `length` tokens of each of `prompts` prompts of `prompt` tokens. */
interface Call {
  prompts: number
  n: number
  prompt: number
  length: number
  /** Prompt and completion, which share the context. */
  together: number
}

/** Rows that go through the model forward and back, each of at most so many tokens. */
type Rows = BatchSize

export interface Forecast {
  parameters: number
  /** One batch of rollouts and its update. `rounds` [n]: completions of each round; generated and prompt tokens; rows trained. */
  step: { questions: number; rounds: number[]; generated: number; read: number; rows: number; rowTokens: number }
  run: { questions: number; completions: number; generated: number; trained: number }
  evaluation: { times: number; answers: number; generated: number }
  memory: MemoryPlan
  /** What the bounds take for granted, and what doesn't fit; one sentence each. */
  assumed: string[]
  unfit: string[]
}

/** `weights`: bytes on the device; those of f32 when left out. `prompt`: tokens of the longest question, where that is known. */
export function forecast(spec: RunSpec, model: ModelShape, weights?: number, prompt?: number): Forecast {
  const { evaluation, steps, stop } = spec
  const { calls, rows, questions, repeats } = stepOf(spec, model, prompt)
  const generated = generatedBy(calls)
  const rowTokens = rows.reduce((sum, row) => sum + row.rows * row.tokens, 0)
  const batches = Math.ceil(steps / repeats)
  const spent = Math.min(batches * generated, stop.tokens === undefined ? Infinity : stop.tokens + generated)

  const ways = [evaluation, ...evaluation.variants.map((variant) => ({ ...evaluation, ...variant }))]
  const asked = ways.map(({ problems, num_generations: R, rounds, max_completion_length: first, later_max_completion_length: later }) =>
    roundCalls(model, problems, R, 1, [first, ...Array<number>(rounds - 1).fill(later ?? first)], prompt),
  )
  const { every, every_tokens, at_start, problems } = evaluation
  const byTokens = every_tokens === undefined ? 0 : Math.floor(spent / every_tokens)
  const times = problems === 0 ? 0 : Number(at_start) + (every > 0 ? Math.ceil(steps / every) : 1) + byTokens

  const longest = Math.max(...rows.map((row) => row.tokens))
  const memory = memoryOf(spec, model, [...calls, ...(times > 0 ? asked.flat() : [])], rows, weights)
  return {
    parameters: modelParameters(model, model.tied, true),
    step: {
      questions,
      rounds: calls.map(({ prompts, n }) => prompts * n),
      generated,
      read: calls.reduce((sum, { prompts, prompt }) => sum + prompts * prompt, 0),
      rows: rows.reduce((sum, row) => sum + row.rows, 0),
      rowTokens,
    },
    run: {
      questions: batches * questions,
      completions: batches * calls.reduce((sum, { prompts, n }) => sum + prompts * n, 0),
      generated: spent,
      trained: steps * rowTokens,
    },
    evaluation: {
      times,
      answers: ways.reduce((sum, way) => sum + way.problems * way.num_generations, 0),
      generated: times * generatedBy(asked.flat()),
    },
    memory,
    assumed: [
      prompt === undefined
        ? `a question with its system text has at most ${count(Math.min(PROMPT, model.contextLength))} tokens`
        : `questions are no longer than the longest of the first ${ASKED}, ${count(prompt)} tokens`,
      spec.algorithm.name === 'sft'
        ? `a demonstration with its prompt has at most ${count(longest)} tokens`
        : 'every completion is as long as it may be, and a later round’s prompt holds a whole one',
      ...(spec.algorithm.name === 'self_training' || spec.algorithm.name === 'reward_model'
        ? ['samples that are drawn once, before the first step, are not counted']
        : []),
      `activations and the keys and values of rollouts get ${size(BUDGET)} each, or what one row or group takes where that is more`,
    ],
    unfit: unfit(spec, model, memory, longest, weights === undefined),
  }
}

/** Settings by the names that algorithms share; whichever an algorithm has says how much a step samples and trains. */
interface Sizes {
  questions: number
  num_generations?: number
  max_completion_length?: number
  later_max_completion_length?: number | undefined
  trajectories?: number
  rounds?: number
  train_rounds?: string
  num_iterations?: number
  num_ppo_epochs?: number
  num_mini_batches?: number
}

/** The sample calls and the trained rows of a step; `repeats` optimizer steps use the same rollouts. */
function stepOf({ algorithm }: RunSpec, model: ModelShape, prompt?: number): { calls: Call[]; rows: Rows[]; questions: number; repeats: number } {
  const { questions, num_generations: m, max_completion_length: length, ...more }: Sizes = algorithm
  if (m === undefined || length === undefined)
    return { calls: [], rows: [{ rows: questions, tokens: Math.min(2 * PROMPT, model.contextLength) }], questions, repeats: 1 }
  const { trajectories = 1, rounds = 1, later_max_completion_length: later = length, train_rounds } = more
  const { num_iterations = 1, num_ppo_epochs = 1, num_mini_batches = 1 } = more
  const calls = roundCalls(model, questions, m, trajectories, [length, ...Array<number>(rounds - 1).fill(later)], prompt)
  const trained = train_rounds === 'every' ? calls : calls.slice(0, 1)
  return { calls, rows: trained.map(batchOf), questions, repeats: num_iterations * num_ppo_epochs * num_mini_batches }
}

const batchOf = ({ prompts, n, prompt, together }: Call): Rows => ({
  rows: prompts * n,
  tokens: together,
  shared: { group: n, prompt: Math.max(0, Math.min(prompt, together - 1)) },
})
const generatedBy = (calls: Call[]) => calls.reduce((sum, { prompts, n, length }) => sum + prompts * n * length, 0)

/** m completions of each question, then k ways on from each; `lengths` [n] of the rounds. No prompt or completion fills the context. */
function roundCalls({ contextLength }: ModelShape, questions: number, m: number, k: number, lengths: number[], asked = PROMPT): Call[] {
  const calls: Call[] = []
  lengths.forEach((limit, i) => {
    const before = calls[i - 1]
    const prompts = before ? before.prompts * before.n : questions
    const prompt = Math.min(asked + (before?.length ?? 0), contextLength - 1)
    const length = Math.min(limit, contextLength - 1)
    calls.push({ prompts, n: [m, k][i] ?? 1, prompt, length, together: Math.min(prompt + length, contextLength) })
  })
  return calls
}

/** The engine's own plan of the rows that are trained, with the rollouts of evaluation where they hold more. */
function memoryOf(spec: RunSpec, model: ModelShape, sampled: Call[], trained: Rows[], weights?: number): MemoryPlan {
  const shape = loraShape(spec.adapter)
  const planned = (batch: BatchSize) => memoryPlan(model, modelParameters(model, model.tied, true), shape, batch, BUDGET, weights).parts
  const gradients = trained.map(planned)
  const keys = Math.max(0, ...sampled.map((call) => rolloutBytes(model, batchOf(call), BUDGET)))
  const most = gradients.reduce((a, b) => (a[2]!.bytes + a[3]!.bytes < b[2]!.bytes + b[3]!.bytes ? b : a))
  const bytes = [undefined, undefined, keys, Math.max(0, most[2]!.bytes + most[3]!.bytes - keys)]
  const parts = most.map((part, i) => ({ ...part, bytes: bytes[i] ?? part.bytes }))
  return { parts, total: parts.reduce((sum, part) => sum + part.bytes, 0) }
}

/** Activations of one token; where a whole row of `longest` exceeds the budget, its layers are computed again. */
function tokenBytes(model: ModelShape, shape: LoraShape, longest: number): number {
  const kept = activationBytes(model, shape, true)
  return longest * kept > BUDGET ? recomputedBytes(model, shape) : kept
}

/** A common graphics card: 8 GiB, and what every WebGPU device binds at once. */
export const COMMON: Limits = { maxBufferSize: 8 * 2 ** 30, maxStorageBufferBindingSize: 128 * MIB }

function unfit(spec: RunSpec, model: ModelShape, { parts, total }: MemoryPlan, longest: number, float: boolean): string[] {
  const [weights, adapter] = parts
  const row = longest * tokenBytes(model, loraShape(spec.adapter), longest)
  const found: string[] = []
  if (total > COMMON.maxBufferSize)
    found.push(
      `the device needs ${size(total)}, and a common graphics card has ${size(COMMON.maxBufferSize)}: the weights alone take ${size(weights!.bytes)}` +
        (float ? ', in f32; a file of 4 bits takes about a seventh of that, and is held as it is' : ''),
    )
  if (row > BUDGET)
    found.push(
      `one row of ${count(longest)} tokens takes ${size(row)} of activations, although its layers are computed again in the backward; ` +
        `a micro-batch may take ${size(BUDGET)}`,
    )
  if (adapter!.bytes / ADAPTERS > COMMON.maxStorageBufferBindingSize)
    found.push(
      `the adapter is one tensor of ${size(adapter!.bytes / ADAPTERS)}, which the device must bind at once; only ${size(COMMON.maxStorageBufferBindingSize)} is sure to be`,
    )
  const { algorithm } = spec
  const length = 'max_completion_length' in algorithm ? algorithm.max_completion_length : 0
  if (length >= model.contextLength)
    found.push(`completions of ${count(length)} tokens leave no room for a prompt in a context of ${count(model.contextLength)}`)
  return found
}

export const count = (n: number) => n.toLocaleString('en-US')

/** 12.3 GiB, 512 MiB, 3.4 KiB */
export function size(bytes: number): string {
  const unit = [2 ** 30, MIB, 1024].find((of) => bytes >= of) ?? 1024
  const amount = bytes / unit
  const name = { [2 ** 30]: 'GiB', [MIB]: 'MiB', 1024: 'KiB' }[unit]
  return `${amount >= 100 ? Math.round(amount) : Number(amount.toPrecision(3))} ${name}`
}
