/**
 * GRPO: group relative policy optimization (arXiv 2402.03300, algorithm 1; without its outer loop that retrains a reward model).
 * For each question sample G completions, grade them, compare each with its group, and move the policy by the clipped ratio
 * objective of rl/math/losses. Settings, defaults and metrics are TRL's (1.16), with these differences:
 * learning_rate 1e-3 and a constant rate (TRL: 1e-6, linear; meant for full weights), max_completion_length 64 (TRL: 512),
 * `questions` counts the prompts of a step (TRL: per_device_train_batch_size × accumulation / num_generations); `reference` names
 * the KL's reference (TRL infers it); warmup_steps applies to the constant rate too; no correction for a sampler that differs
 * from the trainer, only sampling/sampling_logp_difference, which shows that it does not.
 */
import { z } from 'zod'
import type { PerToken } from '../policy/policy'
import { START, type Algorithm, type Context } from './algorithm'
import { advantagesOf, SCALES } from './math/advantages'
import { LOSS_TYPES, policyLoss } from './math/losses'
import { mean } from './math/statistics'
import { adamw, optimizerSettings, requireFinite } from './optimizer'
import type { StepReport } from './report'
import { lengthMetrics, records, rollOut, truncated, type Rollouts } from './rollouts'

const settings = z.object({
  questions: z.int().min(1).default(4).describe('prompts of a step (Q)'),
  num_generations: z.int().min(2).default(8).describe('completions of each prompt (G)'),
  max_completion_length: z.int().min(1).default(64).describe('tokens after which a completion is cut'),
  temperature: z.number().positive().default(1).describe('of sampling, and of the log-probs that train'),
  loss_type: z.enum(LOSS_TYPES).default('dapo').describe('what a token weighs in the loss'),
  scale_rewards: z.enum(SCALES).default('group').describe('whose standard deviation divides the advantages'),
  beta: z.number().min(0).default(0).describe('weight of the KL to the reference'),
  reference: z.enum(['off', 'start']).default('off').describe('the KL’s reference: the bare model, or the adapter at the start'),
  use_bias_correction_kl: z.boolean().default(true).describe('whether the KL estimate is weighed by the ratio'),
  epsilon: z.number().positive().default(0.2).describe('how far a ratio may fall below 1'),
  epsilon_high: z.number().positive().optional().describe('how far it may rise above 1; the same as epsilon when left out'),
  num_iterations: z.int().min(1).default(1).describe('optimizer steps on each batch of rollouts (µ)'),
  mask_truncated_completions: z.boolean().default(false).describe('whether cut completions are kept out of the loss'),
  gradient_accumulation_steps: z.int().min(1).default(1).describe('equal pieces that a step’s rows go through the model in'),
  ...optimizerSettings,
})

export type GrpoSettings = z.output<typeof settings>

/** Name of the snapshot that `reference: 'start'` compares with. */
const START_ADAPTER = 'start'

async function* run(context: Context, settings: GrpoSettings): AsyncGenerator<StepReport, void, void> {
  const { policy, steps } = context
  const { num_iterations: iterations } = settings
  let { step, numTokens, generatedTokens } = context.from ?? START
  if (step % iterations !== 0)
    throw new Error(`a run cannot go on after step ${step}, in the middle of ${iterations} steps on the same rollouts`)

  while (step < steps) {
    // Sample a batch of questions, G completions each, from the current policy; grade them; compare each with its group.
    let since = performance.now()
    const rollouts = await generate(context, settings, step)
    const graded = grade(context, settings, rollouts)
    numTokens += rollouts.rows.reduce((sum, { prompt, completion }) => sum + prompt.length + completion.length, 0)
    generatedTokens += rollouts.rows.reduce((sum, { completion }) => sum + completion.length, 0)
    const batch = { rows: rollouts.rows, temperature: settings.temperature }
    const old = iterations > 1 ? await policy.logprobs(batch, 'current') : null
    const reference = settings.beta > 0 ? await policy.logprobs(batch, settings.reference === 'off' ? 'off' : START_ADAPTER) : null

    // µ optimizer steps on that batch.
    for (let iteration = 1; iteration <= iterations && step < steps; iteration++) {
      const update = await updatePolicy(context, settings, rollouts, { ...graded, old, reference }, step + 1)
      step++
      const first = iteration === 1
      yield {
        step,
        metrics: {
          ...finite({ ...(first && graded.metrics), ...update }),
          num_tokens: numTokens,
          generated_tokens: generatedTokens,
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
  const { questions } = settings
  const first = (step / settings.num_iterations) * questions
  const examples = Array.from({ length: questions }, (_, q) => context.task.example('train', first + q, context.seed))
  return rollOut(context, examples, {
    n: settings.num_generations,
    maxTokens: settings.max_completion_length,
    temperature: settings.temperature,
    key: { seed: context.seed, purpose: 'rollout', step: step + 1, prompt: 0 },
  })
}

/** Advantages [B], which rows count [B], and what the report says of the rollouts. */
function grade(context: Context, settings: GrpoSettings, rollouts: Rollouts) {
  const { graders, policy } = context
  const { rows, scores } = rollouts
  const { rewards, advantages, metrics } = advantagesOf(
    scores,
    graders.map(({ name }) => name),
    graders.map(({ weight }) => weight),
    settings.num_generations,
    settings.scale_rewards,
  )
  return {
    advantages,
    counts: rows.map(({ completion }) => !(settings.mask_truncated_completions && truncated(completion, policy.info.eos))),
    groups: records(context, rollouts, rewards, advantages),
    metrics: { ...lengthMetrics(rows.map(({ completion }) => completion), policy.info.eos), ...metrics },
  }
}

interface Targets {
  advantages: number[]
  counts: boolean[]
  old: PerToken | null
  reference: PerToken | null
}

/** One optimizer step: the rows go through the model piece by piece, gradients add up, then AdamW. Returns the step's metrics. */
async function updatePolicy(context: Context, settings: GrpoSettings, rollouts: Rollouts, targets: Targets, step: number) {
  const { policy } = context
  const { advantages, counts, old, reference } = targets
  const { rows } = rollouts
  const pieces = settings.gradient_accumulation_steps
  const size = rows.length / pieces
  const stepTokens = rows.reduce((sum, { completion }, b) => sum + (counts[b] ? completion.length : 0), 0)
  const sampled = rollouts.completions.flatMap((group) => group.map(({ logprobs }) => logprobs))
  const optimizer = adamw(settings, step, context.steps)

  let loss = 0
  const parts: Record<string, number>[] = []
  const differences: number[] = []
  for (let start = 0; start < rows.length; start += size) {
    const part = <T>(of: T[]) => of.slice(start, start + size)
    context.signal?.throwIfAborted()
    const { id, logprob, entropy } = await policy.forward({ rows: part(rows), temperature: settings.temperature })
    const objective = policyLoss(
      {
        logprob,
        old: old && part(old),
        reference: reference && part(reference),
        entropy,
        advantages: part(advantages),
        counts: part(counts),
        stepTokens,
        pieces,
      },
      { ...settings, epsilon_high: settings.epsilon_high ?? settings.epsilon },
    )
    requireFinite('the loss', objective.loss, step)
    await policy.backward(id, { logprob: objective.slope })
    loss += objective.loss
    parts.push(objective.metrics)
    const current = old ? part(old) : logprob
    part(sampled).forEach((row, b) => row.forEach((lp, t) => differences.push(Math.abs(lp - current[b]![t]!))))
  }
  context.signal?.throwIfAborted()
  const { gradNorm } = await policy.step(optimizer)
  requireFinite('the gradient’s norm', gradNorm, step)

  const averages = Object.keys(parts[0]!).map((name) => [name, mean(parts.map((of) => of[name]!))] as const)
  return {
    loss,
    grad_norm: gradNorm,
    learning_rate: optimizer.learningRate,
    ...Object.fromEntries(averages),
    'sampling/sampling_logp_difference/mean': mean(differences),
    'sampling/sampling_logp_difference/max': differences.reduce((a, b) => Math.max(a, b), 0),
  }
}

/** Without the values that do not exist (a mean over nothing): JSON has no NaN. */
const finite = (metrics: Record<string, number>) => Object.fromEntries(Object.entries(metrics).filter(([, x]) => Number.isFinite(x)))

export const grpo: Algorithm<typeof settings> = {
  name: 'grpo',
  title: 'GRPO: compare each completion with its group',
  settings,
  conflict({ questions, num_generations, gradient_accumulation_steps: pieces }) {
    const rows = questions * num_generations
    if (rows % pieces === 0) return undefined
    return `gradient_accumulation_steps is ${pieces}, which does not divide the ${rows} rows (questions × num_generations) of a step`
  },
  async prepare(policy, { beta, reference }) {
    if (!policy.info.can.train) throw new Error(`${policy.info.model} cannot be trained here; choose a model that can`)
    if (beta === 0 || reference !== 'start') return
    if (!policy.info.can.snapshots) throw new Error('reference is “start”, but this policy keeps no snapshots; set it to “off”')
    await policy.snapshot(START_ADAPTER)
  },
  run,
}
