/** For tests: recorded runs of PPO, which have a form of their own, in the form of the other recordings (trl-run). */
import { z } from 'zod'
import { mean } from './math/statistics'

const ids = z.array(z.array(z.int()))
const perToken = z.array(z.array(z.number()))

const ppoRun = z.object({
  kind: z.enum(['ppo', 'reft']),
  config: z.looseObject({ learning_rate: z.number(), betas: z.tuple([z.number(), z.number()]), eps: z.number() }),
  generations: z.array(z.object({ prompt_ids: ids, completion_ids: ids, scores: z.array(z.number()) })),
  steps: z.array(
    z.object({
      step: z.int(),
      update: z.int(),
      loss: z.number(),
      policy_loss: z.number(),
      value_loss: z.number(),
      grad_norm: z.number(),
      logprobs: perToken,
      values: perToken,
      rollout: z.object({ ref_logprobs: perToken, advantages: perToken }).optional(),
    }),
  ),
  logs: z.array(z.record(z.string(), z.number())).optional(),
})

/** Throws when it is not such a recording. */
export function fromPpo(json: unknown) {
  const { kind, config, generations, steps, logs } = ppoRun.parse(json)
  const { betas, eps, learning_rate, max_grad_norm, ppo_epochs, response_length, ...rest } = config
  const mine = {
    ...rest,
    learning_rate,
    value_learning_rate: learning_rate,
    adam_beta1: betas[0],
    adam_beta2: betas[1],
    adam_epsilon: eps,
    max_grad_norm: max_grad_norm ?? 0,
    num_ppo_epochs: rest.num_ppo_epochs ?? ppo_epochs,
    max_completion_length: response_length ?? 8,
    convention: kind === 'ppo' ? 'trl' : 'reft',
    num_generations: 1,
    gradient_accumulation_steps: 1,
    per_device_train_batch_size: generations[0]!.prompt_ids.length,
    max_steps: steps.length,
  }
  return {
    kind: 'ppo',
    config: mine,
    generations: generations.map(({ scores, ...of }) => ({ ...of, rewards: scores })),
    steps: steps.map(({ update, policy_loss, value_loss, logprobs, values, rollout, ...step }) => {
      const { ref_logprobs } = steps.find((of) => of.update === update)!.rollout!
      const logged = rollout && logs?.[update - 1] // of the whole update: what is said of the rollouts belongs to its first step
      const objective = Object.entries(logged ?? {}).filter(([name]) => name.startsWith('objective/'))
      return {
        ...step,
        learning_rate,
        metrics: { ...Object.fromEntries(objective), 'loss/policy_avg': policy_loss, 'loss/value_avg': value_loss },
        micro_batches: [{ loss: step.loss, logprobs, values, ref_logprobs, ...(rollout && { advantages: rollout.advantages.map(mean) }) }],
      }
    }),
  }
}
