/**
 * For tests: a whole recorded training run of TRL (run.json), driven through our own algorithm. What TRL sampled, and the rewards
 * that it got, take the place of sampler, tokenizer, task and grader; everything else is the algorithm and the policy under test.
 */
import { z } from 'zod'
import type { Completion, Forward, Policy } from '../policy/policy'
import type { Example, Task } from '../tasks/task'
import type { Algorithm, Context } from './algorithm'
import { grpo } from './grpo'
import { ppo } from './ppo'
import type { StepReport } from './report'
import { rloo } from './rloo'
import { sft } from './sft'
import { fromPpo } from './trl-ppo'

const ids = z.array(z.array(z.int()))
const perToken = z.array(z.array(z.number()))

const common = z.object({
  config: z.looseObject({ gradient_accumulation_steps: z.int(), per_device_train_batch_size: z.int(), max_steps: z.int() }),
  steps: z.array(
    z.object({
      step: z.int(),
      loss: z.number(),
      grad_norm: z.number(),
      learning_rate: z.number(),
      metrics: z.record(z.string(), z.number().nullable()),
      micro_batches: z.array(
        z.object({
          loss: z.number(),
          logprobs: perToken,
          values: perToken.optional(),
          entropies: perToken.optional(),
          old_logprobs: perToken.optional(),
          ref_logprobs: perToken.optional(),
          advantages: z.array(z.number()).optional(),
          /** [B]: 0 where TRL masked the whole completion, and recorded zeros for it. */
          completion_mask: z.array(z.number()).optional(),
        }),
      ),
    }),
  ),
})

const generations = z.array(z.object({ prompt_ids: ids, completion_ids: ids, rewards: z.array(z.number()) }))

const trlRun = z.discriminatedUnion('kind', [
  common.extend({ kind: z.literal('grpo'), generations }),
  common.extend({ kind: z.literal('ppo'), generations }),
  common.extend({
    kind: z.literal('sft'),
    rows: z.array(z.object({ prompt_ids: z.array(z.int()), completion_ids: z.array(z.int()) })),
  }),
])

export type TrlRun = z.output<typeof trlRun>

export interface TrlStep {
  report: StepReport
  /** What the policy's forward returned for each micro-batch of the step. */
  forwards: Forward[]
}

/** The end token of the recorded runs. */
const EOS = 1

/** Settings that mean the same here, or that one process on a CPU makes meaningless. */
const KNOWN = new Set([
  ...Object.keys(grpo.settings.shape),
  ...Object.keys(rloo.settings.shape),
  'per_device_train_batch_size',
  'max_steps',
  'trainer',
  'optim',
  'gradient_checkpointing',
  'seed',
  'shuffle_dataset',
  'steps_per_generation',
  'completion_only_loss',
  'packing',
])

/** The recorded run, or why it is not of an algorithm that exists here. Throws when the text is not such a file. */
export function readTrlRun(text: string): TrlRun | string {
  const { kind, config } = z.object({ kind: z.string(), config: z.looseObject({}) }).parse(JSON.parse(text))
  if (kind === 'ppo' || kind === 'reft') return trlRun.parse(fromPpo(JSON.parse(text)))
  if (kind !== 'grpo' && kind !== 'sft') return `kind ${kind}`
  const unknown = Object.keys(config).find((key) => !KNOWN.has(key))
  return unknown ?? trlRun.parse(JSON.parse(text))
}

interface Recorded extends Example {
  prompt: number[]
  solution: number[]
}

/** Runs the recorded run's algorithm on `policy`, which must hold the start adapter; one value per optimizer step. */
export async function* replayTrlRun(run: TrlRun, policy: Policy): AsyncGenerator<TrlStep, void, void> {
  let forwards: Forward[] = []
  const watched: Policy = {
    info: { ...policy.info, eos: [EOS] },
    sample: async (prompts) => {
      const generation = take()
      // the sampler's own log-probs were not recorded: the policy under test says what they would have been
      const rows = generation.completion_ids.map((completion, i) => ({ prompt: generation.prompt_ids[i]!, completion }))
      const logprobs = await policy.logprobs({ rows, temperature: Number(run.config.temperature ?? 1) }, 'current')
      const size = rows.length / prompts.length
      return prompts.map((_, q) =>
        Array.from({ length: size }, (_, g): Completion => {
          const { completion: tokens } = rows[q * size + g]!
          return { tokens, logprobs: logprobs[q * size + g]!, finish: tokens.at(-1) === EOS ? 'stop' : 'length' }
        }),
      )
    },
    forward: async (batch) => {
      const forward = await policy.forward(batch)
      forwards.push(forward)
      return forward
    },
    logprobs: (batch, adapter) => policy.logprobs(batch, adapter),
    backward: (id, slope) => policy.backward(id, slope),
    step: (adamw) => policy.step(adamw),
    renew: () => policy.renew(),
    snapshot: (name) => policy.snapshot(name),
    drop: (name) => policy.drop(name),
    save: () => policy.save(),
    load: (bytes) => policy.load(bytes),
    exportAdapter: () => policy.exportAdapter(),
    close: () => policy.close(),
  }

  const generations = run.kind === 'sft' ? [] : run.generations
  let generation = 0
  let graded = 0
  const take = () => generations[generation++]!
  const rewards = generations.flatMap((of) => of.rewards)
  const { questions, algorithm, settings } = settingsOf(run)
  const size = (run.config.num_generations as number | undefined) ?? 1

  const task: Task<Recorded> = {
    name: 'recorded',
    example(_, i) {
      if (run.kind === 'sft') return { answer: '', prompt: run.rows[i]!.prompt_ids, solution: run.rows[i]!.completion_ids }
      const from = generations[Math.floor(i / questions)]!
      return { answer: '', prompt: from.prompt_ids[(i % questions) * size]!, solution: [] }
    },
    prompt: ({ prompt }) => [{ role: 'user', content: prompt.join(' ') }],
    solution: ({ solution }) => solution.join(' '),
  }
  const parse = (text: string) => (text === '' ? [] : text.split(' ').map(Number))
  const context: Context = {
    policy: watched,
    task,
    tokenizer: {
      prompt: ([message]) => parse(message!.content),
      completion: (text) => parse(text),
      decode: (tokens) => tokens.join(' '),
      holding: () => [],
      pieces: () => String,
    },
    graders: [{ name: 'reward', title: '', weight: 1, grade: () => rewards[graded++]! }],
    seed: 0,
    steps: run.config.max_steps,
  }
  await algorithm.prepare(watched, settings)
  for await (const report of algorithm.run(context, settings)) {
    yield { report, forwards }
    forwards = []
  }
}

/** TRL's configuration in our settings. */
function settingsOf({ kind, config }: TrlRun) {
  const algorithm: Algorithm = config.trainer === 'RLOOTrainer' ? rloo : { grpo, ppo, sft }[kind]
  const rows = config.per_device_train_batch_size * config.gradient_accumulation_steps
  const questions = kind === 'sft' ? rows : rows / Number(config.num_generations)
  const mine = Object.fromEntries(Object.entries(config).filter(([key]) => key in algorithm.settings.shape))
  const reference = config.reference === 'start adapter' ? 'start' : 'off'
  return { algorithm, questions, settings: algorithm.settings.parse({ ...mine, questions, reference }) }
}
