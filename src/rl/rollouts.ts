/** From examples to graded completions: prompt, sample, decode, score. Q questions, G completions of each, B = Q·G rows. */
import { z } from 'zod'
import { gradeAll, type Submission } from '../graders/grader'
import type { Completion, Row, SampleKey, Tokens } from '../policy/policy'
import type { Example } from '../tasks/task'
import type { Context } from './algorithm'
import type { Scores } from './math/rewards'
import type { CompletionRecord, GroupRecord } from './report'
import { endings, roomFor, type Sampling } from './rounds'

/** What every algorithm that samples one completion after another asks for; names are TRL's, `questions` is ours. */
export const samplingSettings = {
  questions: z.int().min(1).default(4).describe('prompts of a step (Q)'),
  num_generations: z.int().min(2).default(8).describe('completions of each prompt (G)'),
  max_completion_length: z.int().min(1).default(64).describe('tokens after which a completion is cut'),
  temperature: z.number().positive().default(1).describe('of sampling, and of the log-probs that train'),
  top_p: z.number().positive().max(1).optional().describe('sample from the likeliest tokens that hold this mass'),
  top_k: z.int().min(0).optional().describe('sample from so many likeliest tokens; 0: from all'),
  min_p: z.number().min(0).lt(1).optional().describe('sample from tokens at least this share as likely as the likeliest'),
}

type SamplingSettings = z.output<z.ZodObject<typeof samplingSettings>>

/** Those settings as a sampler takes them. */
export function samplingOf(settings: Omit<SamplingSettings, 'questions'>): Sampling & { n: number } {
  return {
    n: settings.num_generations,
    maxTokens: settings.max_completion_length,
    temperature: settings.temperature,
    topP: settings.top_p,
    topK: settings.top_k,
    minP: settings.min_p,
  }
}

export interface Rollouts {
  examples: Example[] /* [Q] */
  prompts: Tokens[] /* [Q] */
  completions: Completion[][] /* [Q][G] */
  texts: string[][] /* [Q][G] */
  /** [F][B], null where a grader could not score. */
  scores: (number | null)[][]
  /** [B] in the order of questions, then samples. */
  rows: Row[]
}

/** Scores [B] by the names of those that gave them. */
type Named = Record<string, (number | null)[]>

export interface RolloutSettings extends Sampling {
  /** Completions of each question. */
  n: number
  key: SampleKey
  /** Where these questions stand in their step, and how many it has; one after another and these when left out. */
  seats?: { of: number[]; questions: number }
}

/** Samples `examples` and grades what comes. Rejects with an AbortError when the context's signal aborts. */
export async function rollOut(context: Context, examples: Example[], settings: RolloutSettings): Promise<Rollouts> {
  const { policy, tokenizer, graders, signal } = context
  const prompts = examples.map((example) => encodePrompt(context, example, settings.maxTokens))
  const completions = await policy.sample(
    prompts,
    { ...settings, stop: endings(context), ...(signal && { signal }) },
    context.onGroup && live(context, examples, settings),
  )
  const texts = completions.map((group) => group.map(({ tokens }) => tokenizer.decode(tokens)))
  const submissions = completions.flatMap((group, q) => group.map(({ finish }, g) => submission(examples[q]!, texts[q]![g]!, finish)))
  const scores = await Promise.all(graders.map((grader) => gradeAll(grader, submissions)))
  const rows = completions.flatMap((group, q) => group.map(({ tokens }) => ({ prompt: prompts[q]!, completion: tokens })))
  return { examples, prompts, completions, texts, scores, rows }
}

/** What makes rewards of [N] completions: the graders' scores [F][N], and `more` besides, with their names and weights. */
export function scoresOf(
  { graders }: Pick<Context, 'graders'>,
  scores: Scores['scores'],
  size: number,
  more: { name: string; weight: number; scores: Scores['scores'][number] }[] = [],
): Scores {
  const all = [...graders, ...more]
  return { scores: [...scores, ...more.map((of) => of.scores)], names: all.map(({ name }) => name), weights: all.map(({ weight }) => weight), size }
}

/** What graders see of a completion. */
export function submission({ answer, item }: Example, text: string, finish: Completion['finish']): Submission {
  return { text, answer, finish, item }
}

/** A prompt's tokens; throws when it and the completion do not fit the model's context. */
export function encodePrompt({ policy, tokenizer, task }: Context, example: Example, maxTokens: number): Tokens {
  const prompt = tokenizer.prompt(task.prompt(example), task.raw)
  roomFor(maxTokens, [prompt], policy.info.contextLength, 1)
  return prompt
}

/** A prompt and the task's solution, as a row to imitate. */
export function demonstration(context: Context, example: Example): Row {
  const completion = context.tokenizer.completion(context.task.solution(example), endings(context))
  return { prompt: encodePrompt(context, example, completion.length), completion }
}

/** What a person sees of a prompt. */
export function showPrompt({ task }: Pick<Context, 'task'>, example: Example): string {
  return task
    .prompt(example)
    .map(({ content }) => content)
    .join('\n\n')
}

/** Turns tokens as they come into the pieces that the page shows. */
function live(context: Context, examples: Example[], { n, key, seats }: RolloutSettings) {
  const groups = examples.map((example) => ({
    prompt: showPrompt(context, example),
    completions: Array.from({ length: n }, () => ({ piece: context.tokenizer.pieces(), shown: [] as string[] })),
  }))
  return (news: { prompt: number; sample: number; tokens: Tokens }[]) => {
    for (const { prompt, sample, tokens } of news) {
      const { piece, shown } = groups[prompt]!.completions[sample]!
      shown.push(...tokens.map(piece))
    }
    for (const question of new Set(news.map(({ prompt }) => prompt))) {
      const { prompt, completions } = groups[question]!
      context.onGroup?.({
        step: key.step,
        question: seats?.of[question] ?? question,
        questions: seats?.questions ?? examples.length,
        prompt,
        completions: completions.map(({ shown }) => [...shown]),
      })
    }
  }
}

/** Prompt and completion tokens of [B] rows, and the completions' alone. */
export function countTokens(rows: Row[]): { all: number; generated: number } {
  const generated = rows.reduce((sum, { completion }) => sum + completion.length, 0)
  return { all: generated + rows.reduce((sum, { prompt }) => sum + prompt.length, 0), generated }
}

/** Whether the limit, not the model, ended a completion: its last token ends nothing. */
export function truncated(tokens: Tokens, eos: readonly number[]): boolean {
  return tokens.length === 0 || !eos.includes(tokens.at(-1)!)
}

/** TRL's completions/… metrics over [B] completions; what has no value (no completion ended) is left out. */
export function lengthMetrics(completions: Tokens[], eos: readonly number[]): Record<string, number> {
  const summary = (lengths: number[], kind: string) =>
    lengths.length === 0
      ? {}
      : {
          [`completions/mean_${kind}`]: lengths.reduce((a, b) => a + b, 0) / lengths.length,
          [`completions/min_${kind}`]: Math.min(...lengths),
          [`completions/max_${kind}`]: Math.max(...lengths),
        }
  const ended = completions.filter((tokens) => !truncated(tokens, eos))
  return {
    ...summary(completions.map((c) => c.length), 'length'),
    'completions/clipped_ratio': 1 - ended.length / completions.length,
    ...summary(ended.map((c) => c.length), 'terminated_length'),
  }
}

/** What a report keeps of an example, so that its completions can be graded anew. */
export const graderFields = ({ answer, item }: Example) => ({ answer, ...(item && { item }) })

/** The rollouts as a report holds them; `more` are scores that made the rewards besides the graders'. */
export function records(context: Context, rollouts: Rollouts, rewards: number[], advantages: number[], more: Named = {}): GroupRecord[] {
  const { task, tokenizer, graders } = context
  const { examples, completions, texts, scores } = rollouts
  const named = { ...Object.fromEntries(graders.map(({ name }, f) => [name, scores[f]!])), ...more }
  return examples.map((example, q) => ({
    prompt: showPrompt(context, example),
    solution: task.solution(example),
    ...graderFields(example),
    completions: completions[q]!.map(({ tokens, finish }, g): CompletionRecord => {
      const b = q * completions[q]!.length + g
      const piece = tokenizer.pieces()
      return {
        text: texts[q]![g]!,
        pieces: tokens.map(piece),
        finish,
        scores: Object.fromEntries(Object.entries(named).map(([name, of]) => [name, of[b]!])),
        reward: rewards[b]!,
        advantage: advantages[b]!,
      }
    }),
  }))
}
