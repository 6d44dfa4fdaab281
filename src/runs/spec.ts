/**
 * RunSpec: one JSON object that says everything about a run. The address, the form, the command line, the journal and a shared
 * file hold the same object; an unknown key is an error; what is left out is filled in, so that a parsed spec is complete.
 */
import { z } from 'zod'
import { graders, type WeightedGrader } from '../graders/index'
import { readJson } from '../graders/json'
import { LORA_TARGETS, type AdapterSpec } from '../policy/policy'
import { algorithms, type AlgorithmName } from '../rl/index'
import type { Algorithm } from '../rl/algorithm'
import type { Asking } from '../rl/evaluation'
import { tasks, type TaskName } from '../tasks/index'
import type { CurriculumRule } from '../tasks/curriculum'
import type { Motivation } from '../tasks/motivation'
import { RULES_KINDS, type RulesKind, type TaskKind } from '../tasks/task'
import { explain } from './explain'

/** One of a table's entries with its settings: { name, …settings }. */
type Choice<Table extends Record<string, { settings: z.ZodObject }>> = {
  [K in keyof Table]: { name: K } & z.output<Table[K]['settings']>
}[keyof Table]

export type TaskSpec = Choice<typeof tasks>
export type AlgorithmSpec = Choice<typeof algorithms>

export interface EvaluationSpec extends Asking {
  /** Steps between two evaluations; 0: only at the start and the end. */
  every: number
  /** Generated tokens between two evaluations, besides those of `every`. */
  every_tokens?: number | undefined
  at_start: boolean
  /** The run's own when left out. */
  task?: TaskSpec | undefined
  /** The scoring rules in its prompts; the run's own motivation when left out. */
  motivation?: 'none' | RulesKind | undefined
  /** Other ways of asking, each with what differs. */
  variants: (Partial<Asking> & { name: string; task?: TaskSpec | undefined; motivation?: 'none' | RulesKind | undefined })[]
}

/** What ends a run before its last step. */
export interface StopSpec {
  tokens?: number | undefined
  seconds?: number | undefined
  patience?: number | undefined
  /** What becomes of a run whose loss or gradient is not finite; the step is never applied. */
  not_finite: 'stop' | 'halve_rate'
}

export interface RunSpec {
  model: string
  /** The ONNX file inside the model's repository; onnx/model.onnx when left out. */
  file?: string | undefined
  adapter: AdapterSpec
  task: TaskSpec
  /** Tasks to train on, the easiest first, in place of `task`, which evaluations still ask. */
  curriculum?: (CurriculumRule & { levels: TaskSpec[] }) | undefined
  /** The scoring rules in the prompts of training; none when left out. */
  motivation?: Motivation | undefined
  graders: WeightedGrader[]
  algorithm: AlgorithmSpec
  /** Optimizer steps. */
  steps: number
  stop: StopSpec
  evaluation: EvaluationSpec
  seed: number
  notes?: Record<string, string> | undefined
}

/** The model that comes with the page. */
export const BUNDLED_MODEL = 'ledger'

/** Completion length of evaluations where neither the spec nor its algorithm says one. */
const EVALUATION_LENGTH = 64

const seed = z.int().min(0).max(2 ** 31 - 1)

/** { name, …settings } of one of a table's entries, with `more` keys that all of them have. */
const choices = <T extends Record<string, { title: string; settings?: z.ZodObject }>>(table: T, more: z.ZodRawShape = {}) =>
  z.discriminatedUnion(
    'name',
    Object.entries(table).map(([name, entry]) =>
      z.strictObject({ name: z.literal(name), ...more, ...entry.settings?.shape }).describe(entry.title),
    ) as unknown as readonly [z.ZodObject<{ name: z.ZodLiteral<string> }>],
  )

/** What every grader of a run has besides its own settings. */
const graderKeys = {
  weight: z.number().default(1).describe('of its score in the reward'),
  label: z.string().min(1).optional().describe('what its scores are called; its name when left out'),
}

/** The keys of one way of asking; what is left out, the evaluation or the algorithm says. */
const asking = () => ({
  problems: z.int().min(1).max(100_000).optional().describe('held-out problems'),
  num_generations: z.int().min(1).max(1024).optional().describe('answers to each problem, for majority votes and pass@k'),
  rounds: z.int().min(1).max(16).optional().describe('rounds of each answer; the algorithm’s when left out'),
  temperature: z.number().min(0).optional().describe('0 is greedy; 1 when left out'),
  top_p: z.number().positive().max(1).optional().describe('sample from the likeliest tokens that hold this mass'),
  top_k: z.int().min(0).optional().describe('sample from so many likeliest tokens; 0: from all'),
  min_p: z.number().min(0).lt(1).optional().describe('sample from tokens at least this share as likely as the likeliest'),
  max_completion_length: z.int().min(1).optional().describe('of each round; the algorithm’s when left out'),
  later_max_completion_length: z.int().min(1).optional().describe('of rounds after the first, where it differs'),
  policy: z
    .enum(['current', 'base', 'start'])
    .optional()
    .describe('who answers; base: the model without the adapter; start: the adapter at the start, where the algorithm keeps it'),
  later_policy: z.enum(['current', 'base', 'start']).optional().describe('who plays the rounds after the first'),
  rerank: z.boolean().optional().describe('whether the value head, trained as a reward model, also picks among several answers'),
  task: choices(tasks).optional().describe('what is asked; the run’s own task when left out'),
  motivation: z.enum(['none', ...RULES_KINDS]).optional().describe('scoring rules in the prompt; the run’s own when left out'),
})

const schema = z
  .strictObject({
    model: z.string().min(1).default(BUNDLED_MODEL).describe('a model of the catalog, a Hub repository or a folder'),
    file: z.string().min(1).optional().describe('the ONNX file inside the model’s repository; onnx/model.onnx when left out'),
    adapter: z
      .strictObject({
        rank: z.int().min(1).max(256).default(8),
        alpha: z.number().positive().default(16).describe('the adapter’s update is scaled by alpha / rank'),
        targets: z.array(z.enum(LORA_TARGETS)).min(1).default([...LORA_TARGETS]).describe('linear layers that get one'),
        seed: seed.optional().describe('of its random start; the run’s seed when left out'),
        start: z.string().min(1).optional().describe('a folder or Hub repository with a PEFT adapter to go on from; rank, alpha and targets are then its own'),
      })
      .prefault({}),
    task: choices(tasks).prefault({ name: 'ledger' }),
    motivation: z
      .strictObject({
        rules: z.enum(['none', ...RULES_KINDS]).default('true').describe('whether prompts state the scoring rules, and how truly'),
        text: z.string().min(1).optional().describe('the rules written by hand; made from the graders when left out'),
        share: z.number().min(0).max(1).default(1).describe('of the steps, in which the rules are shown'),
      })
      .optional()
      .describe('scoring rules that the prompt states (MeRF); rewards stay as they are'),
    graders: z
      .array(choices(graders, graderKeys))
      .min(1)
      .optional()
      .describe('what completions are rewarded for; the task’s own graders when left out'),
    curriculum: z
      .strictObject({
        levels: z.array(choices(tasks)).min(2).describe('tasks to train on, the easiest first'),
        groups: z.int().min(1).default(32).describe('groups of a level after which its success decides'),
        raise: z.number().min(0).max(1).default(0.7).describe('mean success from which the next level comes'),
        lower: z.number().min(0).max(1).default(0.3).describe('mean success down to which the level before comes back'),
      })
      .refine(({ raise, lower }) => lower < raise, 'lower must be less than raise')
      .optional()
      .describe('training on harder tasks as they are mastered; evaluations ask the run’s task'),
    algorithm: choices(algorithms).prefault({ name: 'grpo' }),
    steps: z.int().min(1).max(1_000_000).default(25).describe('optimizer steps'),
    stop: z
      .strictObject({
        tokens: z.int().min(1).optional().describe('generated tokens; schedules of the learning rate follow them too'),
        seconds: z.number().positive().optional().describe('running time'),
        patience: z.int().min(1).optional().describe('evaluations in a row without a better one than before'),
        not_finite: z
          .enum(['stop', 'halve_rate'])
          .default('stop')
          .describe('where a loss or gradient is not finite: end the run, or go back to the last checkpoint and on with half the learning rate'),
      })
      .prefault({})
      .describe('what ends the run before its last step'),
    evaluation: z
      .strictObject({
        every: z.int().min(0).default(5).describe('steps between evaluations; 0: only at the start and the end'),
        every_tokens: z.int().min(1).optional().describe('generated tokens between evaluations, besides those of every'),
        at_start: z.boolean().default(true).describe('whether to evaluate before the first step'),
        ...asking(),
        problems: z.int().min(0).max(100_000).default(200).describe('held-out problems each time; 0: no evaluation'),
        variants: z
          .array(z.strictObject({ name: z.string().min(1), ...asking() }))
          .default([])
          .describe('other ways of asking, each with what differs'),
      })
      .prefault({}),
    seed: seed.default(0),
    notes: z.record(z.string(), z.string()).optional().describe('remarks for the reader, by path in the spec; a run reads none of them'),
  })
  .describe('A run of Étude: everything that it depends on.')

/** The spec as an object, complete. Throws one sentence with the path, the value and what is allowed. */
export function parseSpec(source: unknown): RunSpec {
  const input = typeof source === 'string' ? parseJson(source) : source
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw new Error(explain(parsed.error.issues[0]!, input, schema))
  const { adapter, graders: given, evaluation, motivation, ...rest } = parsed.data
  if (motivation?.rules === 'none' && motivation.text !== undefined)
    throw new Error('the run spec’s motivation has a text but its rules are “none”; set motivation.rules to “true”, or leave the text out')
  const task = rest.task as TaskSpec
  const algorithm = withReference(rest.algorithm as AlgorithmSpec, adapter.start, input)
  const conflict = algorithmOf(algorithm).conflict(algorithm)
  if (conflict) throw new Error(`the run spec's algorithm does not fit together: ${conflict}`)
  const asked = {
    num_generations: 1,
    rounds: 'rounds' in algorithm ? algorithm.rounds : 1,
    temperature: 1,
    max_completion_length: 'max_completion_length' in algorithm ? algorithm.max_completion_length : EVALUATION_LENGTH,
    ...('later_max_completion_length' in algorithm &&
      algorithm.later_max_completion_length !== undefined && { later_max_completion_length: algorithm.later_max_completion_length }),
    policy: 'current' as const,
    later_policy: 'current' as const,
  }
  const weighted = (given as WeightedGrader[] | undefined) ?? gradersOf(task)
  if (weighted.length === 0) throw new Error(`the run spec’s task ${task.name} has no graders of its own; name some in graders`)
  const called = weighted.map(({ name, label }) => label ?? name)
  const twice = called.find((name, i) => called.indexOf(name) !== i)
  if (twice) throw new Error(`the run spec's graders name “${twice}” twice; give each grader one weight, or a label of its own`)
  return {
    model: rest.model,
    ...(rest.file !== undefined && { file: rest.file }),
    adapter: { ...adapter, seed: adapter.seed ?? rest.seed },
    task,
    ...(rest.curriculum && { curriculum: rest.curriculum as NonNullable<RunSpec['curriculum']> }),
    ...(motivation && motivation.rules !== 'none' && { motivation: motivation as Motivation }),
    graders: weighted,
    algorithm,
    steps: rest.steps,
    stop: rest.stop,
    evaluation: { ...asked, ...(evaluation as Partial<EvaluationSpec>) } as EvaluationSpec,
    seed: rest.seed,
    ...(rest.notes && { notes: rest.notes }),
  }
}

/** Where a run goes on from an adapter, its KL is to that adapter unless the spec says otherwise, as TRL has it. */
function withReference(algorithm: AlgorithmSpec, start: string | undefined, input: unknown): AlgorithmSpec {
  const chosen = (input as { algorithm?: { reference?: unknown } }).algorithm?.reference
  return start !== undefined && chosen === undefined && 'reference' in algorithm ? { ...algorithm, reference: 'start' } : algorithm
}

/** The algorithm that a spec names; `settings` are the spec's own, name included. */
export function algorithmOf(spec: { name: AlgorithmName }): Algorithm {
  return algorithms[spec.name]
}

/** The task that a spec names, before its settings. */
export function taskKindOf(spec: { name: TaskName }): TaskKind {
  return tasks[spec.name]
}

/** Addresses of the files that a task is made of; none of a task that makes its problems up. */
export function filesOf(spec: TaskSpec): readonly string[] {
  return taskKindOf(spec).files?.(spec) ?? []
}

/** The task's own graders, the first of which judges in evaluations. */
export function gradersOf(spec: TaskSpec): WeightedGrader[] {
  const kind = taskKindOf(spec)
  return (kind.gradersFor?.(spec) ?? kind.graders).map((grader) => ({ ...grader }))
}

/** Letters of a spec, at most: it may hold graders' code, which is far shorter. */
const LONGEST = 4_000_000

function parseJson(text: string): unknown {
  if (text.length > LONGEST) throw new Error(`the run spec has ${text.length} letters, more than the ${LONGEST} that are read`)
  try {
    return readJson(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`the run spec is not JSON (${why}); write one JSON object such as {"task": {"name": "ledger"}}`, { cause: error })
  }
}

/** JSON Schema (2020-12) of what parseSpec accepts, for editors: the text of public/runspec.schema.json (npm run schema writes it). */
export function schemaText(): string {
  return JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2) + '\n'
}
