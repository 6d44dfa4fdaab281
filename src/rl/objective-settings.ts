/** Settings of the GRPO family's objective, in TRL's names and with its defaults (1.16) except where a line says otherwise. */
import { z } from 'zod'
import { AGGREGATIONS, BASELINES, SCALES } from './math/advantages'
import { clips, LOSS_TYPES, type LossType } from './math/losses'
import { CORRECTIONS, RATIO_LEVELS } from './math/ratio'
import { optimizerSettings } from './optimizer'

const positive = () => z.number().positive()

/** The reference of the KL, and how rows go through the model: what every algorithm of the family has. */
export const updateSettings = {
  reference: z.enum(['off', 'start']).default('off').describe('the KL’s reference: the bare model, or the adapter at the start'),
  epsilon: positive().default(0.2).describe('how far a ratio may fall below 1'),
  epsilon_high: positive()
    .optional()
    .describe('how far it may rise above 1, and the highest ratio of cispo (the paper’s 5); the same as epsilon when left out'),
  gradient_accumulation_steps: z.int().min(1).default(1).describe('equal pieces that a step’s rows go through the model in'),
  ...optimizerSettings,
}

export const objectiveSettings = {
  loss_type: z.enum(LOSS_TYPES).default('dapo').describe('how a token is weighed, and its ratio bounded; reinforce is ours'),
  importance_sampling_level: z.enum(RATIO_LEVELS).default('token').describe('whether each token has its ratio, or the whole row one (GSPO)'),
  scale_rewards: z.enum(SCALES).default('group').describe('whose deviation divides the advantages; normalize_then_sum has its own'),
  multi_objective_aggregation: z
    .enum(AGGREGATIONS)
    .default('sum_then_normalize')
    .describe('whether scores are summed before they are normalised, or each grader’s are normalised in its group first'),
  baseline: z.enum(BASELINES).default('group').describe('what a reward is compared with: its group’s mean, or nothing (ours)'),
  beta: z.number().min(0).default(0).describe('weight of the KL to the reference'),
  use_bias_correction_kl: z.boolean().default(true).describe('whether the KL estimate is weighed by the ratio'),
  delta: positive().optional().describe('highest ratio, also where the advantage is negative (two-sided clipping); none when left out'),
  top_entropy_quantile: z.number().min(0).max(1).default(1).describe('share of the tokens, the most uncertain ones, that are trained'),
  entropy_coef: z.number().default(0).describe('weight of the entropy bonus; 0: none'),
  use_adaptive_entropy: z.boolean().default(false).describe('whether that weight moves step by step to hold entropy_target'),
  entropy_target: z.number().min(0).default(0.2).describe('mean entropy of a token, in nats, below which the adaptive bonus acts'),
  entropy_coef_delta: positive().default(0.005).describe('by how much the adaptive weight moves in a step'),
  entropy_coef_min: z.number().default(0).describe('the adaptive weight’s lower bound'),
  entropy_coef_max: z.number().default(1).describe('the adaptive weight’s upper bound'),
  importance_sampling_correction: z
    .enum(['off', ...CORRECTIONS])
    .default('off')
    .describe('how a sampler that differs from the trainer is made up for (TRL’s vllm_importance_sampling_mode); here they hardly do'),
  importance_sampling_clip_max: positive().default(3).describe('highest ratio of trainer to sampler in that correction'),
  importance_sampling_clip_min: positive().optional().describe('lowest ratio in that correction; none when left out'),
  off_policy_mask_threshold: positive()
    .optional()
    .describe('drift from the sampler, in nats a token, beyond which rows of negative advantage are left out; never when left out'),
  sapo_temperature_pos: positive().default(1).describe('sapo: steepness of the gate where the advantage is positive'),
  sapo_temperature_neg: positive().default(1.05).describe('sapo: the same where it is negative'),
  vespo_k_pos: z.number().min(0).default(2).describe('vespo: how small ratios count less, where the advantage is positive'),
  vespo_lambda_pos: z.number().min(0).default(3).describe('vespo: how large ratios count less, where the advantage is positive'),
  vespo_k_neg: z.number().min(0).default(3).describe('vespo: how small ratios count less, where it is negative'),
  vespo_lambda_neg: z.number().min(0).default(2).describe('vespo: how large ratios count less, where it is negative'),
  ...updateSettings,
}

/** What updatePolicy reads: rloo has its own loss, which no user chooses by name. */
export type Objective = Omit<z.output<z.ZodObject<typeof objectiveSettings>>, 'loss_type'> & {
  loss_type: LossType | 'rloo'
  temperature: number
  max_completion_length: number
}

/** Whether the loss has an entropy bonus, now or later. */
export const hasBonus = ({ entropy_coef, use_adaptive_entropy }: Pick<Objective, 'entropy_coef' | 'use_adaptive_entropy'>): boolean =>
  entropy_coef !== 0 || use_adaptive_entropy

/** One sentence on settings that do not fit together, or would do nothing where a reader expects something; undefined when all is well. */
export function objectiveConflict(settings: Omit<Objective, 'temperature' | 'max_completion_length'>): string | undefined {
  const { loss_type: type, importance_sampling_correction: correction, importance_sampling_level: level, delta, beta } = settings
  const { importance_sampling_clip_min: low, importance_sampling_clip_max: high } = settings
  if (delta !== undefined && !clips(type)) return `delta is ${delta}, but loss_type “${type}” does not clip; leave delta out`
  if (level === 'sequence' && (type === 'vespo' || type === 'reinforce') && !(beta > 0 && settings.use_bias_correction_kl))
    return `importance_sampling_level is “sequence”, which does nothing in loss_type “${type}”; set it to “token”`
  if (type === 'vespo' && correction.startsWith('sequence'))
    return `importance_sampling_correction is “${correction}”, but vespo needs it token by token; set it to “token_truncate” or “token_mask”`
  if (low !== undefined && low >= high)
    return `importance_sampling_clip_min (${low}) is not below importance_sampling_clip_max (${high}); no ratio is left between them`
  if (settings.entropy_coef_min > settings.entropy_coef_max)
    return `entropy_coef_min (${settings.entropy_coef_min}) is above entropy_coef_max (${settings.entropy_coef_max})`
  if (settings.baseline === 'none' && settings.multi_objective_aggregation === 'normalize_then_sum')
    return 'baseline is “none”, but normalize_then_sum always takes the group’s mean; set multi_objective_aggregation to “sum_then_normalize”'
  return undefined
}

/** A step's rows must make equal pieces. */
export function piecesConflict(rows: number, of: string, pieces: number): string | undefined {
  return rows % pieces === 0 ? undefined : `gradient_accumulation_steps is ${pieces}, which does not divide the ${rows} ${of} of a step`
}
