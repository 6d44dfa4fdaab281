/** AdamW and the learning rate's schedule, both as transformers' TrainingArguments have them, and what training asks of a policy. */
import { z } from 'zod'
import { NotFinite } from '../policy/host'
import type { AdamW, Policy } from '../policy/policy'

export const optimizerSettings = {
  learning_rate: z.number().positive().default(1e-3).describe('peak learning rate; suits a low-rank adapter of a small model'),
  lr_scheduler_type: z
    .enum(['constant', 'linear', 'cosine', 'cosine_with_min_lr'])
    .default('constant')
    .describe('how the rate falls over the run: over its steps, or over stop.tokens where that comes first'),
  min_lr_rate: z.number().min(0).max(1).default(0.1).describe('share of the rate that cosine_with_min_lr ends at'),
  warmup_steps: z.int().min(0).default(0).describe('steps over which the rate rises from 0'),
  adam_beta1: z.number().min(0).lt(1).default(0.9),
  adam_beta2: z.number().min(0).lt(1).default(0.999),
  adam_epsilon: z.number().positive().default(1e-8),
  weight_decay: z.number().min(0).default(0),
  max_grad_norm: z.number().min(0).default(1).describe('longer gradients are shortened to this; 0: never'),
}

/** The same where a value head learns beside the adapter. */
export const headSettings = {
  value_learning_rate: z.number().positive().default(1e-2).describe('of the value head; follows the schedule of learning_rate'),
  ...optimizerSettings,
}

type OptimizerSettings = z.output<z.ZodObject<typeof optimizerSettings>>

/**
 * The rate of step number `step` (1 is the first) of `steps`. With a warm-up, the first step's rate is 0, as there. `spent` is the
 * share of the run's token budget that is used up (0 without one); the schedule follows whichever end is nearer.
 */
export function learningRate(settings: OptimizerSettings, step: number, steps: number, spent = 0): number {
  const { learning_rate: peak, warmup_steps: warmup, lr_scheduler_type: type } = settings
  const made = step - 1
  if (made < warmup) return (peak * made) / warmup
  const part = Math.min(1, Math.max((made - warmup) / Math.max(1, steps - warmup), spent))
  const cosine = (1 + Math.cos(Math.PI * part)) / 2
  if (type === 'linear') return peak * (1 - part)
  if (type === 'cosine_with_min_lr') return peak * (settings.min_lr_rate + (1 - settings.min_lr_rate) * cosine)
  return type === 'cosine' ? peak * cosine : peak
}

/** Refuses a policy that does not train, or has no value head where one is asked for. */
export function requireTraining({ info: { model, can } }: Policy, { valueHead = false } = {}): void {
  if (!can.train || (valueHead && !can.valueHead))
    throw new Error(`${model} cannot be trained ${valueHead ? 'with a value head ' : ''}here; choose a model that can`)
}

/** Stops a run whose numbers are lost, before they get into the weights. */
export function requireFinite(what: string, value: number, step: number): void {
  if (Number.isFinite(value)) return
  throw new NotFinite(`${what} of step ${step} is ${value}; go on from the last checkpoint with a smaller learning_rate`)
}

export function adamw(settings: OptimizerSettings, step: number, steps: number, spent = 0): AdamW {
  return {
    learningRate: learningRate(settings, step, steps, spent),
    beta1: settings.adam_beta1,
    beta2: settings.adam_beta2,
    epsilon: settings.adam_epsilon,
    weightDecay: settings.weight_decay,
    maxGradNorm: settings.max_grad_norm,
  }
}

/** The same with the value head's rate, at the same point of its schedule. */
export function withHead(optimizer: AdamW, settings: z.output<z.ZodObject<typeof headSettings>>): AdamW {
  return { ...optimizer, valueLearningRate: (settings.value_learning_rate * optimizer.learningRate) / settings.learning_rate }
}
