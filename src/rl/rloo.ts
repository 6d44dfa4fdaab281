/**
 * RLOO: REINFORCE leave-one-out (arXiv 2402.14740). Each completion is compared with the mean of its group's others, and the KL to the
 * reference is taken from the reward, summed over the completion; the ratio is one of the whole completion, a product, and clipped:
 *
 *   A_i = r_i − β Σ_t (old − ref) − mean of the others,   loss = −mean min(W A, clip(W, 1 − ε, 1 + ε_high) A)
 *
 * Settings, defaults and metrics are TRL's RLOOTrainer's (1.16), with the same differences as in rl/grpo. The paper has no clip and one
 * step a batch. A completion that is kept out of the loss adds nothing to its value, where TRL adds the constant −A / B.
 */
import { z } from 'zod'
import { START, type Algorithm, type Context } from './algorithm'
import type { PerToken } from '../policy/policy'
import { sampleBatch } from './dynamic-sampling'
import { leaveOneOut } from './math/advantages'
import { mean } from './math/statistics'
import { objectiveSettings, piecesConflict, updateSettings, type Objective } from './objective-settings'
import type { StepReport } from './report'
import { lengthMetrics, records, samplingSettings, scoresOf, truncated } from './rollouts'
import { endings } from './rounds'
import { finite, prepareUpdates, referenceOf, updatePolicy } from './update'

const settings = z.object({
  ...samplingSettings,
  num_generations: z.int().min(2).default(2).describe('completions of each prompt (G)'),
  num_iterations: z.int().min(1).default(1).describe('optimizer steps on each batch of rollouts (µ)'),
  beta: z.number().min(0).default(0.05).describe('weight of the KL to the reference in the reward'),
  reward_clip_range: z.tuple([z.number(), z.number()]).optional().describe('lowest and highest reward, before the KL; any when left out'),
  normalize_advantages: z.boolean().default(false).describe('whether advantages are normalised over the batch'),
  mask_truncated_completions: z.boolean().default(false).describe('whether cut completions are kept out of the loss'),
  ...updateSettings,
})

export type RlooSettings = z.output<typeof settings>

/** What the shared step reads of the family's settings, beside RLOO's own. */
const FIXED = { ...z.object(objectiveSettings).parse({}), loss_type: 'rloo' as const }
export const rlooObjective = (settings: RlooSettings): Objective => ({ ...FIXED, ...settings, beta: 0 })

async function* run(context: Context, settings: RlooSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps } = context
  const { num_iterations: iterations, beta, temperature } = settings
  const objective = rlooObjective(settings)
  const ends = endings(context)
  let { step, numTokens, generatedTokens, questions } = context.from ?? START
  if (step % iterations !== 0)
    throw new Error(`a run cannot go on after step ${step}, in the middle of ${iterations} steps on the same rollouts`)

  while (step < steps) {
    // Sample G completions of each question from the current policy, and grade them.
    let since = performance.now()
    const before = generatedTokens
    const { rollouts, spent, metrics: sampling } = await sampleBatch(context, { ...settings, max_resamples: 0 }, step + 1, questions)
    const { rows, scores } = rollouts
    numTokens += spent.all
    generatedTokens += spent.generated
    questions += spent.questions
    const completions = rows.map(({ completion }) => completion)
    const counts = completions.map((completion) => !(settings.mask_truncated_completions && truncated(completion, ends)))

    // The KL goes into the reward; each reward is compared with the group's others.
    const old = iterations > 1 || beta > 0 ? await policy.logprobs({ rows, temperature }, 'current') : null
    const reference = await referenceOf(context, settings, rows)
    const gaps = old && reference && gapsOf(old, reference, counts)
    const given = scoresOf(context, scores, settings.num_generations)
    const { rewards, advantages, metrics } = leaveOneOut(given, settings, gaps?.map((row) => beta * row.reduce((a, b) => a + b, 0)))
    const about = { ...lengthMetrics(completions, ends), ...metrics, ...sampling, ...(gaps && { kl: mean(gaps.flat()) }) }
    const sampled = rollouts.completions.flatMap((group) => group.map(({ logprobs }) => logprobs))
    const lesson = { rows, sampled, advantages, counts, old, reference: null }

    // µ optimizer steps on that batch.
    for (let iteration = 1; iteration <= iterations && step < steps; iteration++) {
      const update = await updatePolicy(context, objective, lesson, { step: step + 1, tokens: before, state: undefined })
      step++
      const first = iteration === 1
      yield {
        step,
        metrics: {
          ...finite({ ...(first && about), ...update.metrics }),
          num_tokens: numTokens,
          generated_tokens: generatedTokens,
          questions,
          step_time: (performance.now() - since) / 1000,
        },
        groups: first ? records(context, rollouts, rewards, advantages) : [],
        tokens: { ...update.tokens, reference },
        resumable: iteration === iterations,
      }
      since = performance.now()
    }
  }
}

/** old − ref of the tokens that count, [B][T]. */
export function gapsOf(old: PerToken, reference: PerToken, counts: boolean[]): PerToken {
  return old.map((row, b) => (counts[b] ? row.map((lp, t) => lp - reference[b]![t]!) : []))
}

export const rloo: Algorithm<typeof settings> = {
  name: 'rloo',
  title: 'RLOO: compare each completion with the others of its group',
  settings,
  conflict({ questions, num_generations, gradient_accumulation_steps: pieces, reward_clip_range: range }) {
    if (range && range[0] >= range[1]) return `reward_clip_range is [${range.join(', ')}]; its first number must be below its second`
    return piecesConflict(questions * num_generations, 'rows (questions × num_generations)', pieces)
  },
  prepare: prepareUpdates,
  run,
}
