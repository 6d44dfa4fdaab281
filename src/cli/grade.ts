/**
 * npm run grade -- --grader FILE [--sample TEXT|FILE [--item JSON|FILE]] [--json]: what OpenAI's graders/validate and graders/run do,
 * here. FILE is a grader or a whole job; without a sample the grader is only checked. Exit status 0 when it is right, or graded without
 * an error; 1 when the sample was graded and a flag raised; 2 for bad input.
 */
import { existsSync, readFileSync } from 'node:fs'
import { runGrader, validateGrader, type GraderRun } from '../graders/openai/run'
import { responseFormat, type ResponseFormat } from '../graders/openai/sample'
import { asInput, BadInput, parseOptions, readInput } from './arguments'
import { graderTools } from './grader-tools'

const USAGE =
  'npm run grade -- --grader FILE [--sample TEXT|FILE] [--item JSON|FILE] [--endpoint URL] [--allow-network] [--allow-python] [--json]'

export async function grade(args: string[]): Promise<number> {
  const options = parseOptions(args, ['grader', 'sample', 'item', 'endpoint'], ['grader'], USAGE, ['allow-network', 'allow-python', 'json'])
  const { grader, format } = parts(await readJson(options.grader, 'the grader'))
  const response_format = format === undefined ? undefined : formatOf(format, options.grader)
  const setting = { endpoint: options.endpoint, response_format }
  const { grader: checked, remarks } = await asInput(() => validateGrader(grader, setting), `${options.grader}: `)

  if (options.sample === undefined) {
    if (options.json) console.log(JSON.stringify({ grader: checked, remarks }, null, 2))
    else console.log([`${checked.name} (${checked.type}) is a grader.`, ...remarks.map((remark) => `note: ${remark}`)].join('\n'))
    return 0
  }
  const model_sample = existsSync(options.sample) ? readFileSync(options.sample, 'utf8') : options.sample
  const item = await itemOf(options.item)
  const tools = graderTools({ network: options['allow-network'] === true, python: options['allow-python'] === true })
  const run = await asInput(() => runGrader(grader, { model_sample, item }, setting, tools))
  console.log(options.json ? JSON.stringify(run, null, 2) : describe(run))
  return run.metadata.messages.length > 0 ? 1 : 0
}

/** A grader's JSON, or the grader and response format of a job. */
function parts(json: unknown): { grader: unknown; format: unknown } {
  const method = (json as { method?: { reinforcement?: { grader?: unknown; response_format?: unknown } } } | null)?.method
  const { grader = json, response_format: format } = method?.reinforcement ?? {}
  return { grader, format: format ?? undefined }
}

function formatOf(format: unknown, file: string): ResponseFormat {
  const { data, error } = responseFormat.safeParse(format)
  if (data) return data
  const { path, message } = error.issues[0]!
  throw new BadInput(`${file}: ${['response_format', ...path].join('.')} is not right: ${message}`)
}

async function itemOf(option: string | undefined): Promise<Record<string, unknown>> {
  if (option === undefined) return {}
  const item = option.trimStart().startsWith('{') ? parse(option, '--item') : await readJson(option, 'the item')
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) return item as Record<string, unknown>
  throw new BadInput(`--item is ${JSON.stringify(item).slice(0, 60)}; it must be one JSON object, the row's fields.`)
}

async function readJson(path: string, what: string): Promise<unknown> {
  return parse(await readInput(path, what), path)
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadInput(`${where} is not JSON (${(error as Error).message}); check its commas and quotes.`)
  }
}

function describe({ reward, sub_rewards, metadata, remarks }: GraderRun): string {
  const { name, type, messages, errors, execution_time } = metadata
  const flags = Object.entries(errors).filter(([, value]) => value === true)
  return [
    `${name} (${type}): reward ${reward} in ${(execution_time * 1000).toFixed(0)} ms`,
    ...Object.entries(sub_rewards).map(([key, score]) => `  ${key}: ${score}`),
    ...messages.map((message) => `error: ${message}`),
    ...flags.map(([flag]) => `flag: ${flag}`),
    ...remarks.map((remark) => `note: ${remark}`),
  ].join('\n')
}
