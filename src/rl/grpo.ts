/**
 * GRPO: group relative policy optimization (arXiv 2402.03300, algorithm 1; without its outer loop that retrains a reward model).
 * For each question sample G completions, grade them, compare each with its group, and move the policy by the objective of
 * rl/math/objective, whose loss_type makes it Dr. GRPO, DAPO, GSPO, CISPO, SAPO, VESPO, LUSPO or REINFORCE. Settings, defaults and
 * metrics are TRL's (1.16), with these differences: learning_rate 1e-3 and a constant rate (TRL: 1e-6, linear; meant for full
 * weights), max_completion_length 64 (TRL: 512), `questions` counts the prompts of a step (TRL: per_device_train_batch_size ×
 * accumulation / num_generations); `reference` names the KL's reference (TRL infers it); warmup_steps applies to the constant rate
 * too; TRL's vllm_importance_sampling_… is importance_sampling_…, and off, because sampler and trainer are one here (the sampling/…
 * metrics show it); DAPO's dynamic sampling and penalty of long completions, which TRL lacks.
 */
import { z } from 'zod'
import { START, type Algorithm, type Context } from './algorithm'
import { sampleBatch } from './dynamic-sampling'
import { PRESETS } from './grpo-presets'
import { advantagesOf } from './math/advantages'
import { overlong } from './math/rewards'
import { objectiveConflict, objectiveSettings, piecesConflict } from './objective-settings'
import type { StepReport } from './report'
import { lengthMetrics, records, samplingSettings, scoresOf, truncated, type Rollouts } from './rollouts'
import { endings } from './rounds'
import { finite, prepareUpdates, referenceOf, updatePolicy } from './update'

export const settings = z.object({
  ...samplingSettings,
  num_iterations: z.int().min(1).default(1).describe('optimizer steps on each batch of rollouts (µ)'),
  mask_truncated_completions: z.boolean().default(false).describe('whether cut completions are kept out of the loss'),
  max_resamples: z
    .int()
    .min(0)
    .default(0)
    .describe('dynamic sampling: how often in a step groups of equal rewards give way to fresh questions; 0: never'),
  overlong_cache_length: z
    .int()
    .min(0)
    .default(0)
    .describe('tokens before max_completion_length over which a penalty of long completions rises; 0: no penalty'),
  overlong_penalty: z.number().positive().default(1).describe('what that penalty takes from the reward at max_completion_length'),
  ...objectiveSettings,
})

export type GrpoSettings = z.output<typeof settings>

async function* run(context: Context, settings: GrpoSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps } = context
  const { num_iterations: iterations } = settings
  let { step, numTokens, generatedTokens, questions, state } = context.from ?? START
  if (step % iterations !== 0)
    throw new Error(`a run cannot go on after step ${step}, in the middle of ${iterations} steps on the same rollouts`)

  while (step < steps) {
    // Sample a batch of questions, G completions each, from the current policy; grade them; compare each with its group.
    let since = performance.now()
    const before = generatedTokens
    const { rollouts, spent, metrics: sampling } = await sampleBatch(context, settings, step + 1, questions)
    const { rows } = rollouts
    const graded = grade(context, settings, rollouts)
    numTokens += spent.all
    generatedTokens += spent.generated
    questions += spent.questions
    const old = iterations > 1 ? await policy.logprobs({ rows, temperature: settings.temperature }, 'current') : null
    const reference = await referenceOf(context, settings, rows)
    const sampled = rollouts.completions.flatMap((group) => group.map(({ logprobs }) => logprobs))
    const lesson = { rows, sampled, advantages: graded.advantages, counts: graded.counts, old, reference }

    // µ optimizer steps on that batch.
    for (let iteration = 1; iteration <= iterations && step < steps; iteration++) {
      const update = await updatePolicy(context, settings, lesson, { step: step + 1, tokens: before, state })
      step++
      state = update.state
      const first = iteration === 1
      yield {
        step,
        metrics: {
          ...finite({ ...(first && { ...graded.metrics, ...sampling }), ...update.metrics }),
          num_tokens: numTokens,
          generated_tokens: generatedTokens,
          questions,
          step_time: (performance.now() - since) / 1000,
        },
        groups: first ? graded.groups : [],
        tokens: update.tokens,
        resumable: iteration === iterations,
        state,
      }
      since = performance.now()
    }
  }
}

/** Advantages [B], which rows count [B], and what the report says of the rollouts. */
function grade(context: Context, settings: GrpoSettings, rollouts: Rollouts) {
  const { overlong_cache_length: cache, max_completion_length: limit } = settings
  const completions = rollouts.rows.map(({ completion }) => completion)
  const ends = endings(context)
  const scored = completions.map((_, b) => rollouts.scores.some((of) => of[b] !== null))
  const penalty = cache > 0 ? overlong(completions.map((c) => c.length), scored, limit, cache) : undefined
  const more = penalty ? [{ name: 'overlong', weight: settings.overlong_penalty, scores: penalty }] : []
  const given = scoresOf(context, rollouts.scores, settings.num_generations, more)
  const { rewards, advantages, metrics } = advantagesOf(given, settings)
  return {
    advantages,
    counts: completions.map((completion) => !(settings.mask_truncated_completions && truncated(completion, ends))),
    groups: records(context, rollouts, rewards, advantages, penalty && { overlong: penalty }),
    metrics: { ...lengthMetrics(completions, ends), ...metrics },
  }
}

export const grpo: Algorithm<typeof settings> = {
  name: 'grpo',
  title: 'GRPO: compare each completion with its group',
  settings,
  presets: PRESETS,
  conflict(settings) {
    const { questions, num_generations, gradient_accumulation_steps: pieces, overlong_cache_length: cache, max_completion_length } = settings
    if (cache > max_completion_length)
      return `overlong_cache_length (${cache}) is more than max_completion_length (${max_completion_length}); make it a part of it`
    return piecesConflict(questions * num_generations, 'rows (questions × num_generations)', pieces) ?? objectiveConflict(settings)
  },
  prepare: prepareUpdates,
  run,
}
