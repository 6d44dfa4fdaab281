/**
 * ReFT: reasoning with reinforced fine-tuning (arXiv 2401.08967). Warm up by supervised fine-tuning on demonstrations, then go on by PPO
 * on the same questions, with the warmed-up policy as the KL's reference. The reward is 1 for a right answer, .1 for one that could be
 * read but is wrong, 0 for none (graders reft, program, chains); PPO by the means of the authors' code (`convention: reft`).
 * The run's steps are those of the warm-up, then those of PPO, each phase with a schedule and an optimizer of its own; the metric
 * `phase` is 1 in the first and 2 in the second. Differences from the paper: no dropout; whole batches in place of epochs over the
 * questions; defaults that suit an adapter of a small model (the paper's are presets, but for its full-weight learning rates).
 */
import { z } from 'zod'
import { START, type Algorithm, type Context, type Position } from './algorithm'
import { optimizerSettings, requireTraining } from './optimizer'
import { ppo, ppoSettings, ppoSteps, REFERENCE } from './ppo'
import type { StepReport } from './report'
import { sft } from './sft'

const { shape: shared } = z.object(ppoSettings).omit({ train_questions: true, reference: true })
const settings = z.object({
  demonstrations: z.int().min(1).default(500).describe('training questions: the warm-up has their solutions, PPO asks them again'),
  sft_epochs: z.int().min(1).default(6).describe('times that the warm-up goes through the demonstrations'),
  sft_questions: z.int().min(1).default(50).describe('demonstrations of a step of the warm-up'),
  sft_learning_rate: z.number().positive().default(1e-3).describe('peak learning rate of the warm-up'),
  sft_lr_scheduler_type: optimizerSettings.lr_scheduler_type.unwrap().default('linear').describe('how the rate falls over the warm-up'),
  ...shared,
  questions: z.int().min(1).default(120).describe('prompts of a batch of PPO (Q)'),
  num_ppo_epochs: z.int().min(1).default(2).describe('times that each batch is gone through'),
  kl_coef: z.number().min(0).default(0.01).describe('weight of the KL to the warmed-up policy in the reward of each token'),
  vf_coef: z.number().min(0).default(0.5).describe('weight of the value loss'),
  convention: z.enum(['trl', 'reft']).default('reft').describe('trl: means over all tokens; reft: first within each completion'),
})

export type ReftSettings = z.output<typeof settings>

/** Optimizer steps of the warm-up. */
export function warmUpSteps({ demonstrations, sft_epochs, sft_questions }: ReftSettings): number {
  return Math.ceil((demonstrations * sft_epochs) / sft_questions)
}

async function* run(context: Context, settings: ReftSettings): AsyncGenerator<StepReport, void, void> {
  const warm = warmUpSteps(settings)
  let position = context.from ?? START

  // Warm-up: imitate the demonstrations.
  if (position.step < warm) {
    const { sft_questions: questions, sft_learning_rate: learning_rate, sft_lr_scheduler_type: lr_scheduler_type, demonstrations } = settings
    const imitation = { ...settings, questions, learning_rate, lr_scheduler_type, demonstrations, gradient_accumulation_steps: 1 }
    for await (const report of sft.run({ ...context, steps: Math.min(warm, context.steps) }, imitation)) {
      position = positionOf(report)
      yield { ...report, metrics: { ...report.metrics, phase: 1 } }
    }
  }
  if (position.step >= context.steps) return

  // PPO, held near what the warm-up came to; a run that goes on from later has that among its snapshots.
  if (position.step === warm) await context.policy.snapshot(REFERENCE)
  const reinforcement = { ...settings, train_questions: settings.demonstrations, reference: 'start' as const }
  for await (const report of ppoSteps({ ...context, from: position }, reinforcement, warm))
    yield { ...report, metrics: { ...report.metrics, phase: 2 } }
}

function positionOf({ step, metrics }: StepReport): Position {
  return { step, numTokens: metrics.num_tokens!, generatedTokens: metrics.generated_tokens!, questions: metrics.questions! }
}

const paper = { sft_epochs: 2, sft_questions: 48, questions: 32, num_ppo_epochs: 2, vf_coef: 5, gamma: 1, lam: 0.95, max_grad_norm: 1 }

export const reft: Algorithm<typeof settings> = {
  name: 'reft',
  title: 'ReFT: imitate demonstrations, then go beyond them by PPO',
  settings,
  valueHead: true,
  presets: [
    { name: 'N-CoT, as published', note: 'Thoughts in words: β .05, value loss × 5, two epochs of warm-up.', settings: { ...paper, kl_coef: 0.05 } },
    { name: 'P-CoT, as published', note: 'Thoughts as programs: β .01, value loss × 5, two epochs of warm-up.', settings: { ...paper, kl_coef: 0.01 } },
    {
      name: 'chains',
      note: 'Measured on the bundled model of the task chains, words or programs alike: AdamW .9 / .98, 60 steps of warm-up.',
      settings: { sft_epochs: 6, sft_questions: 50, questions: 120, kl_coef: 0.01, vf_coef: 0.5, adam_beta2: 0.98, max_completion_length: 24 },
    },
  ],
  conflict: (settings) => ppo.conflict({ ...settings, train_questions: settings.demonstrations, reference: 'start' }),
  async prepare(policy) {
    const { model, can } = policy.info
    requireTraining(policy, { valueHead: true })
    if (!can.snapshots) throw new Error(`${model} keeps no snapshots here, and ReFT needs one of the warmed-up policy; choose another host`)
    return Promise.resolve()
  },
  run,
}
