/** What can go wrong while a grader scores, by the flags of OpenAI's grader endpoint. A failure gives 0 and raises its flag. */

export const FLAGS = [
  'formula_parse_error',
  'invalid_variable_error',
  'sample_parse_error',
  'truncated_observation_error',
  'unresponsive_reward_error',
  'python_grader_runtime_error',
  'python_grader_server_error',
  'model_grader_parse_error',
  'model_grader_refusal_error',
  'model_grader_server_error',
  'other_error',
] as const

export type Flag = (typeof FLAGS)[number]

/** Thrown where a part of a grader can give no score. The message is one sentence. */
export class GraderFailure extends Error {
  override name = 'GraderFailure'
  constructor(
    readonly flag: Flag,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** A failure of any error; one that is none yet gets `flag`. */
export function asFailure(error: unknown, flag: Flag = 'other_error'): GraderFailure {
  if (error instanceof GraderFailure) return error
  return new GraderFailure(flag, error instanceof Error ? error.message : String(error), { cause: error })
}
