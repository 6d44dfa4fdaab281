/**
 * A job of OpenAI's reinforcement fine-tuning (the body of POST /v1/fine_tuning/jobs) as a run spec. training_file and validation_file
 * are paths; what each hyperparameter becomes stands in the spec's notes; every field that has no effect here is named.
 *
 *     batch_size → questions     compute_multiplier × 8 → num_generations     learning_rate_multiplier × 1e-3 → learning_rate
 *     n_epochs → steps = ⌈n_epochs · rows / batch_size⌉     eval_interval → evaluation.every     eval_samples → answers to each row
 *
 * “auto” and what is left out: batch_size 4, n_epochs 1, multipliers 1, eval_interval 5, eval_samples 1.
 */
import { z } from 'zod'
import { readJson } from '../graders/json'
import { validateGrader } from '../graders/openai/run'
import { responseFormat } from '../graders/openai/sample'
import { grpo } from '../rl/grpo'
import { messages, splitMessages } from '../tasks/messages'
import { explain } from './explain'
import { BUNDLED_MODEL, parseSpec, type RunSpec } from './spec'

/** A number above 0, or "auto"; null is the same as left out. */
const auto = (whole: boolean) =>
  z
    .custom<number | 'auto' | null>(
      (value) => value === null || value === 'auto' || (typeof value === 'number' && value > 0 && (!whole || Number.isInteger(value))),
      `it must be a ${whole ? 'whole ' : ''}number above 0, or "auto"`,
    )
    .optional()

const hyperparameters = z.looseObject({
  batch_size: auto(true),
  n_epochs: auto(true),
  eval_interval: auto(true),
  eval_samples: auto(true),
  compute_multiplier: auto(false),
  learning_rate_multiplier: auto(false),
})

const reinforcementMethod = z.looseObject({
  grader: z.record(z.string(), z.unknown()),
  hyperparameters: hyperparameters.nullish(),
  response_format: responseFormat.nullish(),
})

const job = z.looseObject({
  model: z.string().min(1),
  training_file: z.string().min(1),
  validation_file: z.string().min(1).nullish(),
  seed: z.int().min(0).max(2 ** 31 - 1).nullish(),
  method: z.looseObject({ type: z.literal('reinforcement'), reinforcement: reinforcementMethod }),
})

/** What a job does not say. */
export interface ImportOptions {
  /** The model to train; the bundled one when left out. */
  model?: string | undefined
  /** Who answers for score_model: a server's address, or `loaded`. */
  endpoint?: string | undefined
  /** Tokens after which a completion is cut. */
  max_completion_length?: number | undefined
}

export interface ImportedJob {
  spec: RunSpec
  /** A sentence for each field of the job that has no effect here, or another one than there. */
  remarks: string[]
}

/**
 * @param file the bytes behind a path of the job
 * @param address that path as the run will read it
 * Rejects with one sentence: where, which value, what to do.
 */
export async function importJob(
  source: unknown,
  { file, address }: { file: (address: string) => Promise<Uint8Array>; address: (path: string) => string },
  options: ImportOptions = {},
): Promise<ImportedJob> {
  const given = typeof source === 'string' ? parse(source) : source
  const parsed = job.safeParse(given)
  if (!parsed.success) throw new Error(explain(parsed.error.issues[0]!, given, job).replace('the run spec', 'the job'))
  const { training_file, validation_file, seed, method } = parsed.data
  const { grader, response_format } = method.reinforcement
  const hyper = method.reinforcement.hyperparameters ?? {}
  for (const [field, path] of Object.entries({ training_file, validation_file }))
    if (path && /^file-[A-Za-z0-9_-]+$/.test(path))
      throw new Error(`${field} of the job is ${path}, a file at OpenAI; put in its place the path of the file itself`)

  const number = (value: number | 'auto' | null | undefined, otherwise: number) => (typeof value === 'number' ? value : otherwise)
  const task = {
    name: 'messages',
    train: address(training_file),
    ...(validation_file ? { test: address(validation_file) } : { test_share: 0 }),
  }
  const chosen = messages.settings.parse(Object.fromEntries(Object.entries(task).slice(1)))
  const rows = splitMessages(chosen, await Promise.all(messages.files!(chosen).map(file)))
  const questions = number(hyper.batch_size, 4)
  const epochs = number(hyper.n_epochs, 1)
  const generations = Math.max(2, Math.round(8 * number(hyper.compute_multiplier, 1)))
  const usual = grpo.settings.parse({}).learning_rate
  const rate = usual * number(hyper.learning_rate_multiplier, 1)
  const setting = { ...(options.endpoint && { endpoint: options.endpoint }), ...(response_format && { response_format }) }
  const { remarks } = validateGrader(grader, setting)
  const { model = BUNDLED_MODEL } = options
  const length = options.max_completion_length ?? (model === BUNDLED_MODEL ? undefined : LENGTH)
  const spec = parseSpec({
    model,
    task,
    graders: [{ name: 'openai', grader, ...setting }],
    algorithm: {
      name: 'grpo',
      questions,
      num_generations: generations,
      learning_rate: rate,
      ...(length && { max_completion_length: length }),
    },
    steps: Math.ceil((epochs * rows.train.length) / questions),
    evaluation: {
      every: number(hyper.eval_interval, 5),
      problems: rows.test.length,
      num_generations: number(hyper.eval_samples, 1),
    },
    ...(typeof seed === 'number' && { seed }),
    notes: {
      'algorithm.questions': `batch_size ${shown(hyper.batch_size)} of the job`,
      'algorithm.num_generations': `8 × compute_multiplier ${shown(hyper.compute_multiplier)} of the job`,
      'algorithm.learning_rate': `${usual} × learning_rate_multiplier ${shown(hyper.learning_rate_multiplier)} of the job`,
      'algorithm.max_completion_length': 'no job names it',
      steps: `n_epochs ${shown(hyper.n_epochs)} of the job over ${rows.train.length} rows`,
      'evaluation.every': `eval_interval ${shown(hyper.eval_interval)} of the job`,
      'evaluation.num_generations': `eval_samples ${shown(hyper.eval_samples)} of the job`,
    },
  })
  return { spec, remarks: [...remarksOf(parsed.data, spec, rows.train), ...remarks] }
}

/** Tokens of a completion of models that are not the page's own small one; jobs name no limit. */
const LENGTH = 256

const shown = (value: number | 'auto' | null | undefined) => value ?? '(left out)'

type Job = z.output<typeof job>

const lengthOf = ({ algorithm }: RunSpec) => ('max_completion_length' in algorithm ? algorithm.max_completion_length : LENGTH)

/** A sentence for each field that does nothing here. */
function remarksOf({ method, ...rest }: Job, spec: RunSpec, rows: { item?: Readonly<Record<string, unknown>> | undefined }[]): string[] {
  const { response_format: format, hyperparameters: hyper, ...reinforcement } = method.reinforcement
  const remarks: string[] = []
  const name = (path: string, value: unknown, why: string) => {
    if (value === undefined || value === null) return
    const json = JSON.stringify(value)
    remarks.push(`${path} ${json.length > 60 ? `${json.slice(0, 60)}…` : json} has no effect: ${why}`)
  }
  const without = (object: Record<string, unknown>, known: z.ZodObject, path: string) => {
    for (const [key, value] of Object.entries(object))
      if (!Object.hasOwn(known.shape, key)) name(path + key, value, WHY[key] ?? 'it is unknown here')
  }
  remarks.push(`a job names no length of completions: they are cut at ${lengthOf(spec)} tokens; --max-completion-length names another`)
  if (rest.model !== spec.model) name('model', rest.model, `${spec.model} is trained; --model names another`)
  without(rest, job, '')
  without(method, job.shape.method, 'method.')
  without(reinforcement, reinforcementMethod, 'method.reinforcement.')
  without(hyper ?? {}, hyperparameters, 'method.reinforcement.hyperparameters.')
  if (!rest.validation_file) {
    remarks.push('the job has no validation_file: nothing is evaluated')
    for (const key of ['eval_interval', 'eval_samples'] as const)
      name(`method.reinforcement.hyperparameters.${key}`, hyper?.[key], 'there is nothing to evaluate on')
  }
  if (format && format.type !== 'text') {
    remarks.push('response_format does not bind what is sampled: completions are checked against it, and others are flagged')
    if (format.type === 'json_schema')
      name('method.reinforcement.response_format.json_schema.strict', format.json_schema?.strict, 'every completion is checked against the schema')
  }
  const parallel = rows.filter(({ item }) => item && 'parallel_tool_calls' in item).length
  if (parallel > 0) remarks.push(`parallel_tool_calls of ${parallel} rows has no effect: the model calls what it likes`)
  return remarks
}

const WHY: Record<string, string> = {
  reasoning_effort: 'models here think as long as max_completion_length lets them',
  suffix: 'an adapter is named by its folder',
  metadata: 'it is kept nowhere',
  integrations: 'a run writes its own files and calls no service',
  hyperparameters: 'it belongs to supervised jobs; method.reinforcement.hyperparameters counts',
  supervised: 'the method is reinforcement',
  dpo: 'the method is reinforcement',
}

function parse(text: string): unknown {
  try {
    return readJson(text)
  } catch (error) {
    const why = (error as Error).message
    throw new Error(`the job is not JSON (${why}); give the body of a request to /v1/fine_tuning/jobs`, { cause: error })
  }
}
