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
}

export interface Task<E extends Example = Example> {
  name: string
  /** Pure: the same arguments give the same example. No example of 'test' is ever one of 'train', whatever i and seed. */
  example(split: Split, i: number, seed?: number): E
  prompt(example: E): Message[]
  /** A completion that every grader of the task gives its maximum; the model's end token comes after it. */
  solution(example: E): string
}

/** A task before its settings are chosen. */
export interface TaskKind<S extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  settings: S
  graders: WeightedGrader[]
  create(settings: z.output<S>): Task
}
