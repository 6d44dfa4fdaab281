/**
 * One round of several (arXiv 2507.02851, §2.1): every seat, a problem with the note of the round before, gets a fresh prompt, and
 * whatever its completions leave as a note is all that the next round will see. Run of one round: the task's own prompt.
 */
import type { Adapter, Completion, SampleKey, Tokens } from '../policy/policy'
import { roundPrompt, type Example, type RoundPrompts, type Rounds, type Task } from '../tasks/task'
import type { Context } from './algorithm'

/** A problem and the note that a round goes on from. */
export interface Seat {
  example: Example
  note: string
}

/** A round that was played. */
export interface Turn {
  prompt: Tokens
  /** The prompt as people read it. */
  shown: string
  completion: Completion
  text: string
  /** What the next round goes on from. */
  note: string
  /** Whether the completion left that note itself. */
  left: boolean
}

export interface Sampling {
  maxTokens: number
  temperature: number
  topP?: number | undefined
  topK?: number | undefined
  minP?: number | undefined
  adapter?: Adapter | undefined
}

export interface RoundSettings extends Sampling {
  /** 1 is the first. */
  round: number
  rounds: number
  /** Completions of each seat. */
  n: number
  /** The task's own when left out. */
  prompts?: RoundPrompts | undefined
  /** What is handed over by a completion without a note: the note before it, or all of its text. */
  fallback?: 'previous' | 'whole'
  key: SampleKey
}

/** News of a round in progress: what seat and completion go on with, in pieces of text. */
export type OnPieces = (news: { seat: number; sample: number; pieces: string[] }[]) => void

/** Throws when the task does not say how it goes over several rounds. */
export function roundsOf(task: Task): Rounds {
  if (task.rounds) return task.rounds
  throw new Error(`the task ${task.name} does not say what one round hands over to the next; choose a task of several rounds, or 1 round`)
}

/** Plays one round of all seats together: [seats][n]. Later rounds get as many tokens as the longest prompt leaves of the context. */
export async function playRound(context: Context, seats: Seat[], settings: RoundSettings, onPieces?: OnPieces): Promise<Turn[][]> {
  const { policy, tokenizer, task, signal } = context
  const { round, rounds, n, key, fallback = 'previous', maxTokens, prompts, ...sampling } = settings
  const messages = seats.map(({ example, note }) => {
    if (rounds === 1) return task.prompt(example)
    return roundPrompt(roundsOf(task), prompts ?? roundsOf(task).prompts, example, { round, rounds, note })
  })
  const tokens = messages.map((chat) => tokenizer.prompt(chat, task.raw))
  const pieces = onPieces && tokens.map(() => Array.from({ length: n }, () => tokenizer.pieces()))
  const completions = await policy.sample(
    tokens,
    {
      n,
      maxTokens: roomFor(maxTokens, tokens, policy.info.contextLength, round),
      stop: endings(context),
      ...sampling,
      key: { ...key, round: round - 1 },
      ...(signal && { signal }),
    },
    onPieces &&
      pieces &&
      ((news) => {
        onPieces(news.map((of) => ({ seat: of.prompt, sample: of.sample, pieces: of.tokens.map(pieces[of.prompt]![of.sample]!) })))
      }),
  )
  return completions.map((group, s) =>
    group.map((completion): Turn => {
      const text = tokenizer.decode(completion.tokens)
      const found = task.rounds?.note({ text, finish: completion.finish })
      const note = found ?? (fallback === 'whole' ? text : seats[s]!.note)
      const shown = messages[s]!.map(({ content }) => content).join('\n\n')
      return { prompt: tokens[s]!, shown, completion, text, note, left: found !== undefined }
    }),
  )
}

/** Tokens that end a completion: the model's own, and those that hold one of the task's stop texts. */
export function endings({ policy, tokenizer, task }: Pick<Context, 'policy' | 'tokenizer' | 'task'>): Tokens {
  return task.stop ? [...new Set([...policy.info.eos, ...tokenizer.holding(task.stop)])] : policy.info.eos
}

/** Tokens that completions may take. A first round must fit as it was asked for, or throws; a later one takes what its prompts leave. */
export function roomFor(maxTokens: number, prompts: Tokens[], contextLength: number, round: number): number {
  const longest = prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0)
  const left = contextLength - longest
  if (left >= maxTokens) return maxTokens
  if (round > 1 && left > 0) return left
  throw new Error(
    `a prompt of ${longest} tokens and a completion of up to ${maxTokens} exceed the model's context of ${contextLength}; ` +
      'lower max_completion_length or ask for shorter prompts',
  )
}
