/**
 * Follow: short questions with a plain instruction, for small chat models that still miss it: SmolLM2-135M-Instruct is right at temperature 1
 * in .39 (fact), .22 (larger), .19 (add), .16 (multiply) and .12 (short) of its replies, so that groups of eight are mixed. Each kind has
 * a list of questions, a quarter of them held out; they come in a seeded order, epoch after epoch, each epoch in another.
 */
import { z } from 'zod'
import type { WeightedGrader } from '../graders/index'
import { checkNumber, heldOut } from './problem'
import { dealt } from './random'
import type { Example, Split, Task, TaskKind } from './task'

const CAPITALS =
  'Italy Rome, France Paris, Spain Madrid, Germany Berlin, Japan Tokyo, China Beijing, Egypt Cairo, Greece Athens, Russia Moscow, ' +
  'Austria Vienna, Poland Warsaw, Portugal Lisbon, Ireland Dublin, Norway Oslo, Sweden Stockholm, Finland Helsinki, Denmark Copenhagen, ' +
  'Hungary Budapest, Belgium Brussels, Cuba Havana, Peru Lima, Kenya Nairobi, Canada Ottawa, Australia Canberra, Thailand Bangkok, ' +
  'Turkey Ankara, Iran Tehran, Iraq Baghdad, Vietnam Hanoi, Romania Bucharest, Bulgaria Sofia, Ukraine Kyiv, Chile Santiago, Lebanon Beirut, ' +
  'Syria Damascus, Nepal Kathmandu, Jamaica Kingston, Ghana Accra, Nigeria Abuja, Morocco Rabat'
const OPPOSITES =
  'hot cold, big small, tall short, old young, fast slow, light dark, wet dry, full empty, open closed, happy sad, early late, rich poor, ' +
  'strong weak, high low, hard soft, clean dirty, near far, deep shallow, day night, black white'
const TOPICS =
  'tea rain dogs cats bread snow music trains gardens winter summer books bicycles coffee mountains rivers birds bees apples cheese soup ' +
  'chess football painting maps stars clouds wind fire salt gold paper glass ships bridges clocks shoes hats letters schools forests ' +
  'horses fish honey milk rice pizza dancing sleep dreams friends islands deserts markets museums planets volcanoes kites candles'

/** A question with its answer, and a reply that does as it says. */
type Item = [question: string, answer: string, reply: string]

const pairs = (text: string) => text.split(', ').map((pair) => pair.split(' ') as [string, string])
const numbers = (low: number, high: number) => Array.from({ length: high - low + 1 }, (_, i) => low + i)
const sums = (sign: string, value: (a: number, b: number) => number): Item[] =>
  numbers(1, 9).flatMap((a) => numbers(1, 9).map((b): Item => [`What is ${a}${sign}${b}? Answer with a number.`, `${value(a, b)}`, `${value(a, b)}`]))

const KINDS: Record<Kind, { items: () => Item[]; grader: WeightedGrader }> = {
  fact: {
    items: () => [
      ...pairs(CAPITALS).map(([land, city]): Item => [`What is the capital of ${land}?`, city, `The capital of ${land} is ${city}.`]),
      ...pairs(OPPOSITES).map(([word, other]): Item => [`What is the opposite of ${word}?`, other, `The opposite of ${word} is ${other}.`]),
    ],
    grader: { name: 'mentions', weight: 1 },
  },
  larger: {
    items: () =>
      numbers(10, 99).flatMap((a) =>
        numbers(10, 99)
          .filter((b) => b !== a)
          .map((b): Item => [`Which number is larger, ${a} or ${b}? Answer with the number only.`, `${Math.max(a, b)}`, `${Math.max(a, b)}`]),
      ),
    grader: { name: 'number', weight: 1, which: 'first', tolerance: 0 },
  },
  add: { items: () => sums('+', (a, b) => a + b), grader: { name: 'number', weight: 1, which: 'last', tolerance: 0 } },
  multiply: { items: () => sums('*', (a, b) => a * b), grader: { name: 'number', weight: 1, which: 'last', tolerance: 0 } },
  short: {
    items: () =>
      TOPICS.split(' ').map((topic): Item => [`Write one sentence about ${topic} in at most 12 words.`, topic, `This is one short sentence about ${topic}.`]),
    grader: { name: 'sentence', weight: 1, words: 12 },
  },
}

const settings = z.object({
  kind: z.enum(['fact', 'larger', 'add', 'multiply', 'short']).default('larger').describe('what is asked'),
})
type Kind = z.output<typeof settings>['kind']

export interface FollowExample extends Example {
  question: string
  reply: string
}

export const follow: TaskKind<typeof settings> = {
  name: 'follow',
  title: 'Follow: short instructions, for small chat models',
  settings,
  graders: [KINDS.larger.grader],
  gradersFor: ({ kind }) => [KINDS[kind].grader],
  create({ kind }): Task<FollowExample> {
    const items = KINDS[kind].items().map(([question, answer, reply]): FollowExample => ({ question, answer, reply }))
    const of = (split: Split) => {
      const held = items.filter(({ question }) => heldOut(question) === (split === 'test'))
      const deal = dealt(held.length)
      return (i: number, seed: number) => held[deal(i, seed)]!
    }
    const splits = { train: of('train'), test: of('test') }
    return {
      name: 'follow',
      example(split, i, seed = 0) {
        checkNumber(i)
        return splits[split](i, seed)
      },
      prompt: ({ question }) => [{ role: 'user', content: question }],
      solution: ({ reply }) => reply,
    }
  },
}
