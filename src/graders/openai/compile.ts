/** From a grader's JSON to what scores: checked, its templates and formula read, what has no effect here named. */
import type { GraderTools, Submission } from '../grader'
import { askEndpoint } from './endpoint'
import { asFailure, GraderFailure } from './failure'
import { multiReward } from './multi'
import { pythonScore } from './python'
import { sampleReader, type ResponseFormat } from './sample'
import { validateShape, type OpenAIGrader, type SingleGrader } from './schema'
import type { Score } from './score'
import { askLoaded, scoreModelScore, type Ask } from './score-model'
import { stringCheckScore } from './string-check'
import { readingOf, textSimilarityScore, type Readings } from './text-similarity'

/** What a grader's JSON does not say. */
export interface Setting {
  /** The server that score_model asks, or `loaded`: the model that is trained. */
  endpoint?: string | undefined
  /** Seconds that one question to a server may take. */
  timeout?: number
  /** Seconds that one call of Python may take. */
  python_seconds?: number
  /** What every completion should be. */
  response_format?: ResponseFormat | undefined
  text_metrics?: Readings
}

/** What grading one completion gave. */
export interface Outcome {
  reward: number
  /** Of a multi grader's members; empty for any other. */
  subRewards: Record<string, number>
  /** What went wrong, each with the name of the grader that it went wrong in. */
  failures: { grader: string; failure: GraderFailure }[]
  /** By model. */
  tokens: Record<string, number>
}

export interface Compiled {
  grader: OpenAIGrader
  /** Sentences on what has no effect here, or another than at OpenAI. */
  remarks: string[]
  /** Rejects with one sentence where no completion can be graded: no leave, no sandbox. */
  run: (completion: Pick<Submission, 'text' | 'finish' | 'item'>) => Promise<Outcome>
}

export const LOADED = 'loaded'
export const TIMEOUT = 60
export const PYTHON_SECONDS = 10

/** Throws one sentence on the first thing that is wrong: where, which value, what to do. */
export function compile(json: unknown, setting: Setting = {}, tools: GraderTools = {}): Compiled {
  const grader = validateShape(json)
  const read = sampleReader(setting.response_format)
  const ask = askOf(setting, tools)
  const members: [string, SingleGrader][] = grader.type === 'multi' ? Object.entries(grader.graders) : [['', grader]]
  const scores = members.map(([key, member]) => scoreOf(member, key === '' ? [] : ['graders', key], setting, ask))
  const combine = grader.type === 'multi' ? multiReward(grader) : undefined
  return {
    grader,
    remarks: members.flatMap(([, member]) => remarksOf(member, grader.type === 'multi', setting)),
    async run({ text, finish, item }) {
      const { sample, invalid } = read(text, finish)
      const failures: Outcome['failures'] = []
      const fail = (name: string, error: GraderFailure) => void failures.push({ grader: name, failure: error })
      if (invalid) fail(grader.name, new GraderFailure('sample_parse_error', invalid))
      if (finish === 'length') fail(grader.name, new GraderFailure('truncated_observation_error', 'the token limit cut the completion'))
      const tokens: Record<string, number> = {}
      const values = await Promise.all(
        scores.map(async (score, i) => {
          try {
            return await score({ sample, item: item ?? {} }, (model, spent) => (tokens[model] = (tokens[model] ?? 0) + spent))
          } catch (error) {
            if (!(error instanceof GraderFailure)) throw error
            fail(members[i]![1].name, error)
            return 0
          }
        }),
      )
      const subRewards = combine ? Object.fromEntries(members.map(([key], i) => [key, values[i]!])) : {}
      let reward = values[0]!
      try {
        if (combine) reward = combine(subRewards)
      } catch (error) {
        reward = 0
        fail(grader.name, asFailure(error))
      }
      return { reward, subRewards, failures, tokens }
    },
  }
}

function scoreOf(grader: SingleGrader, path: PropertyKey[], setting: Setting, ask: Ask): Score {
  switch (grader.type) {
    case 'string_check':
      return stringCheckScore(grader, path)
    case 'text_similarity':
      return textSimilarityScore(grader, path, setting.text_metrics)
    case 'score_model':
      return scoreModelScore(grader, path, ask)
    case 'python':
      return pythonScore(grader, setting.python_seconds ?? PYTHON_SECONDS)
  }
}

/** Who answers for score_model. */
function askOf(setting: Setting, tools: GraderTools): Ask {
  const why = whyUnasked(setting, tools)
  if (why) return ({ model }) => Promise.reject(new Error(`a score_model grader asks ${model}: ${why}`))
  const address = setting.endpoint ?? tools.endpoint!
  return address === LOADED ? askLoaded(tools.complete!) : askEndpoint(address, tools, { timeout: setting.timeout ?? TIMEOUT })
}

/** Why no model can be asked here; undefined where one can. */
export function whyUnasked({ endpoint }: Setting, { endpoint: other, complete, allow }: GraderTools): string | undefined {
  const address = endpoint ?? other
  if (address === undefined)
    return `name the server in endpoint, such as https://api.openai.com/v1, or “${LOADED}” for the model that is trained`
  if (address === LOADED) return complete ? undefined : 'the loaded model cannot be had here; name a server in endpoint'
  return allow ? undefined : `completions would be sent to ${address}, which nobody has allowed; allow it (--allow-network)`
}

function remarksOf(grader: SingleGrader, inside: boolean, setting: Setting): string[] {
  const { name } = grader
  const without = (field: string, why: string) => `${field} of “${name}” has no effect: ${why}`
  const remarks: string[] = []
  if (inside && 'pass_threshold' in grader && grader.pass_threshold != null)
    remarks.push(without('pass_threshold', 'only that of the whole grader says what passes'))
  if (grader.type === 'python' && grader.image_tag != null) remarks.push(without('image_tag', 'the Python that is built in runs it'))
  if (grader.type === 'text_similarity') {
    const reading = readingOf(grader.evaluation_metric, setting.text_metrics ?? {})
    const unlike = grader.evaluation_metric === 'cosine' ? ' (OpenAI compares embeddings, and has it for evals alone)' : ''
    remarks.push(`evaluation_metric ${grader.evaluation_metric} of “${name}” is read as ${reading}${unlike}`)
    if (grader.evaluation_metric === 'meteor' && !inside && grader.pass_threshold == null)
      remarks.push(`meteor gives even equal texts less than 1: without pass_threshold no answer to “${name}” counts as right`)
  }
  if (grader.type === 'score_model' && setting.endpoint === LOADED) {
    remarks.push(without(`model ${grader.model}`, 'the loaded model is asked'))
    for (const field of ['top_p', 'reasoning_effort'] as const)
      if (grader.sampling_params?.[field] != null) remarks.push(without(`sampling_params.${field}`, 'the loaded model has none'))
  }
  return remarks
}
