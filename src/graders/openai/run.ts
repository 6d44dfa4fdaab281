/**
 * What OpenAI's endpoints fine_tuning/alpha/graders/validate and /run answer, here as functions: the same fields, and two of our own,
 * `remarks` (what of the grader has no effect here) and `messages` (what went wrong, in sentences).
 */
import type { GraderTools } from '../grader'
import { compile, type Setting } from './compile'
import { FLAGS, type Flag } from './failure'
import type { OpenAIGrader } from './schema'

export interface Validation {
  grader: OpenAIGrader
  remarks: string[]
}

type Details = `${'python_grader_runtime' | 'model_grader_server'}_error_details` | 'python_grader_server_error_type'

export interface GraderRun {
  reward: number
  sub_rewards: Record<string, number>
  metadata: {
    name: string
    type: string
    scores: Record<string, number>
    execution_time: number
    token_usage: number | null
    sampled_model_name: null
    errors: Record<Flag, boolean> & Record<Details, string | null>
    messages: string[]
  }
  model_grader_token_usage_per_model: Record<string, number>
  remarks: string[]
}

/** Throws one sentence on the first thing that is wrong with a grader. */
export function validateGrader(json: unknown, setting?: Setting): Validation {
  const { grader, remarks } = compile(json, setting)
  return { grader, remarks }
}

/** Grades one sample. Throws as validateGrader does, and one sentence where nothing can be graded: no leave, no sandbox. */
export async function runGrader(
  json: unknown,
  { model_sample, item = {} }: { model_sample: string; item?: Record<string, unknown> },
  setting?: Setting,
  tools?: GraderTools,
): Promise<GraderRun> {
  const { grader, remarks, run } = compile(json, setting, tools)
  const since = performance.now()
  const { reward, subRewards, failures, tokens } = await run({ text: model_sample, finish: 'stop', item })
  const raised = (flag: Flag) => failures.find(({ failure }) => failure.flag === flag)?.failure.message
  const spent = Object.values(tokens)
  return {
    reward,
    sub_rewards: subRewards,
    metadata: {
      name: grader.name,
      type: grader.type,
      scores: { ...subRewards, [grader.name]: reward },
      execution_time: (performance.now() - since) / 1000,
      token_usage: spent.length > 0 ? spent.reduce((a, b) => a + b, 0) : null,
      sampled_model_name: null,
      errors: {
        ...(Object.fromEntries(FLAGS.map((flag) => [flag, raised(flag) !== undefined])) as Record<Flag, boolean>),
        python_grader_runtime_error_details: raised('python_grader_runtime_error') ?? null,
        python_grader_server_error_type: raised('python_grader_server_error')?.split(':')[0] ?? null,
        model_grader_server_error_details: raised('model_grader_server_error') ?? null,
      },
      messages: failures.map(({ grader: name, failure }) => `${name}: ${failure.message}`),
    },
    model_grader_token_usage_per_model: tokens,
    remarks,
  }
}
