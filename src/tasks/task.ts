/** What a task is: an endless, seeded supply of examples, each with a prompt, a solution and an answer to grade against. */
import type { z } from 'zod'
import type { WeightedGrader } from '../graders/index'

export type Split = 'train' | 'test'

/** One turn of a chat; the model's own chat template makes tokens of it. */
export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface Example {
  /** What a right completion has in its answer slot. */
  answer: string
  /** The row's own fields, where the example comes from a data set; graders may read them. */
  item?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Texts of the rounds' prompts. {question} is the problem, {note} what the last round left, {previous}, {round} and {rounds} the
 * numbers of that round, of this one and of all. `last` is also the prompt of a run of one round, going on from the empty note.
 */
export interface RoundPrompts {
  /** The system's turn, the same in every round; none when left out. */
  system?: string
  first: string
  middle: string
  last: string
}

/** How a problem is thought through in several rounds: each is a fresh prompt that carries only the last round's note. */
export interface Rounds<E extends Example = Example> {
  prompts: RoundPrompts
  /** The problem as {question} shows it. */
  question(example: E): string
  /** The note before the first round. */
  start: string
  /** The note that a completion leaves; undefined where it has none. */
  note(completion: { text: string; finish: 'stop' | 'length' }): string | undefined
  /** Whether a note is right as far as it goes; absent where a task cannot tell. */
  right?(example: E, note: string): boolean
  /** Puts into each round's chat what motivated() adds. */
  announce?(messages: Message[]): Message[]
}

/** How far announced scoring rules are those that count. */
export type RulesKind = (typeof RULES_KINDS)[number]
export const RULES_KINDS = ['true', 'mostly', 'partly', 'misleading'] as const

export interface Task<E extends Example = Example> {
  name: string
  /** Pure: the same arguments give the same example. No example of 'test' is ever one of 'train', whatever i and seed. */
  example(split: Split, i: number, seed?: number): E
  prompt(example: E): Message[]
  /** A completion that every grader of the task gives its maximum; the model's end token comes after it. */
  solution(example: E): string
  /** Absent where one completion is all there is. */
  rounds?: Rounds<E>
  /** Prompts reach the model as their bare text, without its chat template. */
  raw?: true
  /** Texts that end a completion, besides the model's own end tokens; the token that holds one is the completion's last. */
  stop?: readonly string[]
  /** The scoring rules in the task's own short form, for a model that was made with one; the graders' sentences when left out. */
  rules?(kind: RulesKind): string
  /** Puts announced rules into a chat of the task's; they end the system's turn when left out. */
  announce?(messages: Message[], rules: string): Message[]
  /** What else evaluations count of a completion; undefined where a measure does not apply, so that it is a share of the others. */
  measures?(example: E, completion: { text: string; finish: 'stop' | 'length' }): Record<string, boolean | undefined>
  /** The name of an example's level, such as “6 terms”; evaluations count each level apart. */
  level?(example: E): string
}

/** A task before its settings are chosen. */
export interface TaskKind<S extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  settings: S
  graders: WeightedGrader[]
  /** The same where they depend on the settings. */
  gradersFor?(settings: z.output<S>): WeightedGrader[]
  /** Addresses of the files that the task reads before it can begin; none when left out. */
  files?(settings: z.output<S>): string[]
  /** `files` are the bytes of those files, in their order. */
  create(settings: z.output<S>, files?: Uint8Array[]): Task
}

/** A prompt's text with its {slots} filled in; a slot that the text does not know stays as it is. */
export function fill(text: string, slots: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (slot, name: string) => String(slots[name] ?? slot))
}

/** The chat of round `round` (1 is the first) of `rounds`, going on from `note`. */
export function roundPrompt<E extends Example>(
  task: Rounds<E>,
  prompts: RoundPrompts,
  example: E,
  { round, rounds, note = task.start }: { round: number; rounds: number; note?: string | undefined },
): Message[] {
  const text = round === rounds ? prompts.last : round === 1 ? prompts.first : prompts.middle
  const slots = { question: task.question(example), note, previous: round - 1, round, rounds }
  const user: Message = { role: 'user', content: fill(text, slots) }
  const chat: Message[] = prompts.system === undefined ? [user] : [{ role: 'system', content: fill(prompts.system, slots) }, user]
  return task.announce?.(chat) ?? chat
}
