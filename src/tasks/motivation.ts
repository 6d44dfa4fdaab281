/**
 * MeRF's motivation (arXiv 2506.18485): the prompt states the scoring rules; what completions score is not touched. The text comes from the
 * graders' own definitions, or is a task's own short form, or is written by hand. What is stated can also be less than true:
 *   stated weight = weight · factor,   factor = STATED[kind][position of the grader, even or odd]
 */
import type { Grader } from '../graders/grader'
import { hash } from './random'
import type { Message, RulesKind, Task } from './task'

/** mostly: wrong sizes; partly: the first nearly worthless, the second turned round; misleading: all turned round. */
const STATED: Record<RulesKind, readonly [number, number]> = {
  true: [1, 1],
  mostly: [0.5, 2],
  partly: [0.1, -1],
  misleading: [-1, -1],
}

/** Keeps the draws of shown() apart from others of the same seed. */
const SHOWN = 31

export interface Motivation {
  /** How far the rules are stated as they are. */
  rules: RulesKind
  /** Written by hand, in place of what the graders say. */
  text?: string | undefined
  /** Of the steps, in which it is shown. */
  share: number
}

/** The rules as a prompt of `task` states them. Throws when a grader that counts says none. */
export function rulesText(kind: RulesKind, task: Task, graders: readonly (Grader & { weight: number })[]): string {
  if (task.rules) return task.rules(kind)
  const lines = graders
    .filter(({ weight }) => weight !== 0)
    .map((grader, i) => {
      if (!grader.rules) throw new Error(`the grader ${grader.name} does not say its rules; write them as motivation.text, or choose rules “none”`)
      return `- ${grader.rules(Number((grader.weight * STATED[kind][i % 2]!).toPrecision(6)))}`
    })
  return ['Your reply is scored by these rules:', ...lines].join('\n')
}

/** What prompts state: rules of this `kind`, or the run's own motivation when it is left out; undefined for nothing. */
export function statedRules(
  kind: 'none' | RulesKind | undefined,
  own: Motivation | undefined,
  task: Task,
  graders: readonly (Grader & { weight: number })[],
): string | undefined {
  if (kind === undefined) return own && (own.text ?? rulesText(own.rules, task, graders))
  return kind === 'none' ? undefined : rulesText(kind, task, graders)
}

/** Whether a step (1 is the first) shows its motivation: a share of them do, the same for the same seed. */
export function shownAt(seed: number, step: number, share: number): boolean {
  return hash(seed, SHOWN, step) / 2 ** 32 < share
}

/** The task with `rules`, where there are any, in its prompts of one round or several, whenever `shown` says so. */
export function motivated(task: Task, rules: string | undefined, shown: () => boolean = () => true): Task {
  if (rules === undefined) return task
  const place = (messages: Message[]) => task.announce?.(messages, rules) ?? endSystem(messages, rules)
  const announce = (messages: Message[]) => (shown() ? place(messages) : messages)
  return {
    ...task,
    prompt: (example) => announce(task.prompt(example)),
    ...(task.rounds && { rounds: { ...task.rounds, announce } }),
  }
}

/** At the end of the system's turn; in one of its own where there is none. */
function endSystem(messages: Message[], rules: string): Message[] {
  const [first, ...rest] = messages
  if (first?.role !== 'system') return [{ role: 'system', content: rules }, ...messages]
  return [{ ...first, content: `${first.content.trimEnd()}\n\n${rules}` }, ...rest]
}
