/**
 * GRPO: group relative policy optimization (arXiv 2402.03300, algorithm 1; without its outer loop that retrains a reward model).
 * For each question sample G completions, grade them, compare each with its group, and move the policy by the clipped ratio
 * objective of rl/math/losses. Settings, defaults and metrics are TRL's (1.16), with these differences:
 * learning_rate 1e-3 and a constant rate (TRL: 1e-6, linear; meant for full weights), max_completion_length 64 (TRL: 512),
 * `questions` counts the prompts of a step (TRL: per_device_train_batch_size × accumulation / num_generations); `reference` names
 * the KL's reference (TRL infers it); warmup_steps applies to the constant rate too; no correction for a sampler that differs
 * from the trainer, only the sampling/… metrics, which show that it does not.
 */
import { z } from 'zod'
import { START, type Algorithm, type Context } from './algorithm'
import { advantagesOf } from './math/advantages'
import type { StepReport } from './report'
import { lengthMetrics, records, rollOut, truncated, type Rollouts } from './rollouts'
import { endings } from './rounds'
import { finite, objectiveSettings, prepareUpdates, referenceOf, updatePolicy } from './update'

const settings = z.object({
  questions: z.int().min(1).default(4).describe('prompts of a step (Q)'),
  num_generations: z.int().min(2).default(8).describe('completions of each prompt (G)'),
  max_completion_length: z.int().min(1).default(64).describe('tokens after which a completion is cut'),
  temperature: z.number().positive().default(1).describe('of sampling, and of the log-probs that train'),
  top_p: z.number().positive().max(1).optional().describe('sample from the likeliest tokens that hold this mass'),
  top_k: z.int().min(0).optional().describe('sample from so many likeliest tokens; 0: from all'),
  min_p: z.number().min(0).lt(1).optional().describe('sample from tokens at least this share as likely as the likeliest'),
  num_iterations: z.int().min(1).default(1).describe('optimizer steps on each batch of rollouts (µ)'),
  mask_truncated_completions: z.boolean().default(false).describe('whether cut completions are kept out of the loss'),
  ...objectiveSettings,
})

export type GrpoSettings = z.output<typeof settings>

async function* run(context: Context, settings: GrpoSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps } = context
  const { num_iterations: iterations, questions } = settings
  let { step, numTokens, generatedTokens } = context.from ?? START
  if (step % iterations !== 0)
    throw new Error(`a run cannot go on after step ${step}, in the middle of ${iterations} steps on the same rollouts`)

  while (step < steps) {
    // Sample a batch of questions, G completions each, from the current policy; grade them; compare each with its group.
    let since = performance.now()
    const before = generatedTokens
    const rollouts = await generate(context, settings, step)
    const { rows } = rollouts
    const graded = grade(context, settings, rollouts)
    numTokens += rows.reduce((sum, { prompt, completion }) => sum + prompt.length + completion.length, 0)
    generatedTokens += rows.reduce((sum, { completion }) => sum + completion.length, 0)
    const old = iterations > 1 ? await policy.logprobs({ rows, temperature: settings.temperature }, 'current') : null
    const reference = await referenceOf(context, settings, rows)
    const sampled = rollouts.completions.flatMap((group) => group.map(({ logprobs }) => logprobs))
    const lesson = { rows, sampled, advantages: graded.advantages, counts: graded.counts, old, reference }

    // µ optimizer steps on that batch.
    for (let iteration = 1; iteration <= iterations && step < steps; iteration++) {
      const update = await updatePolicy(context, settings, lesson, step + 1, before)
      step++
      const first = iteration === 1
      yield {
        step,
        metrics: {
          ...finite({ ...(first && graded.metrics), ...update }),
          num_tokens: numTokens,
          generated_tokens: generatedTokens,
          questions: Math.ceil(step / iterations) * questions,
          step_time: (performance.now() - since) / 1000,
        },
        groups: first ? graded.groups : [],
        resumable: iteration === iterations,
      }
      since = performance.now()
    }
  }
}

function generate(context: Context, settings: GrpoSettings, step: number): Promise<Rollouts> {
  const { questions, top_p, top_k, min_p } = settings
  const first = (step / settings.num_iterations) * questions
  const examples = Array.from({ length: questions }, (_, q) => context.task.example('train', first + q, context.seed))
  return rollOut(context, examples, {
    n: settings.num_generations,
    maxTokens: settings.max_completion_length,
    temperature: settings.temperature,
    topP: top_p,
    topK: top_k,
    minP: min_p,
    key: { seed: context.seed, purpose: 'rollout', step: step + 1, prompt: 0 },
  })
}

/** Advantages [B], which rows count [B], and what the report says of the rollouts. */
function grade(context: Context, settings: GrpoSettings, rollouts: Rollouts) {
  const { graders } = context
  const { rows, scores } = rollouts
  const ends = endings(context)
  const { rewards, advantages, metrics } = advantagesOf(
    scores,
    graders.map(({ name }) => name),
    graders.map(({ weight }) => weight),
    settings.num_generations,
    settings.scale_rewards,
  )
  return {
    advantages,
    counts: rows.map(({ completion }) => !(settings.mask_truncated_completions && truncated(completion, ends))),
    groups: records(context, rollouts, rewards, advantages),
    metrics: { ...lengthMetrics(rows.map(({ completion }) => completion), ends), ...metrics },
  }
}

export const grpo: Algorithm<typeof settings> = {
  name: 'grpo',
  title: 'GRPO: compare each completion with its group',
  settings,
  conflict({ questions, num_generations, gradient_accumulation_steps: pieces }) {
    const rows = questions * num_generations
    if (rows % pieces === 0) return undefined
    return `gradient_accumulation_steps is ${pieces}, which does not divide the ${rows} rows (questions × num_generations) of a step`
  },
  prepare: prepareUpdates,
  run,
}
