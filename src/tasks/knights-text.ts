/**
 * Knights and Knaves in plain words, for chat models: 2 to 8 people, each of whom says something; knights speak the truth, knaves never.
 * What they say is a tree of and, or, if, exactly when and not over “X is a knight”; puzzles are drawn until exactly one of the 2ⁿ worlds fits
 * (arXiv 2410.23123). Answers in <think> and <answer>, scored as in Logic-RL; the wording is ours.
 */
import { z } from 'zod'
import { drawProblem } from './problem'
import type { Draw } from './random'
import type { Example, Task, TaskKind } from './task'

type Claim = { person: number; knight: boolean } | { not: Claim } | { join: Join; left: Claim; right: Claim }

const JOINS = ['and', 'or', 'if', 'iff'] as const
type Join = (typeof JOINS)[number]

export interface KnightsTextExample extends Example {
  names: string[]
  claims: Claim[]
  /** Who is a knight. */
  knights: boolean[]
}

const NAMES =
  'Ada Amir Bea Boris Carla Chen Dora Emil Fay Felix Greta Hugo Ines Ivan Jana Joel Kira Leo Lina Marek Mia Nils Nora Omar Pia Rosa Sam Tara Theo Uma Vera Yusuf'.split(' ')
const VERBS = ['says', 'claims', 'remarks', 'tells you', 'insists']
/** Share of statements about one person alone; of such ones alone no puzzle has one solution: turn everybody round. */
const SIMPLE = 0.3

const settings = z.object({
  people: z
    .tuple([z.int().min(2).max(8), z.int().min(2).max(8)])
    .refine(([low, high]) => low <= high, 'the first number of people must not exceed the second')
    .default([3, 5])
    .describe('fewest and most people of a puzzle'),
})

export function holds(claim: Claim, knights: readonly boolean[]): boolean {
  if ('person' in claim) return knights[claim.person] === claim.knight
  if ('not' in claim) return !holds(claim.not, knights)
  const [left, right] = [holds(claim.left, knights), holds(claim.right, knights)]
  return { and: left && right, or: left || right, if: !left || right, iff: left === right }[claim.join]
}

/** The worlds in which every knight's claim holds and no knave's does. */
export function solutions(claims: Claim[]): boolean[][] {
  const worlds = Array.from({ length: 2 ** claims.length }, (_, w) => claims.map((_, i) => ((w >> i) & 1) === 0))
  return worlds.filter((knights) => claims.every((claim, i) => holds(claim, knights) === knights[i]))
}

function drawClaim(random: Draw, people: number, speaker: number): Claim {
  const about = (person: number): Claim => {
    const claim = { person, knight: random(0, 1) === 1 }
    return random(1, 6) === 1 ? { not: claim } : claim
  }
  const other = (one: number) => (one + random(1, people - 1)) % people
  if (random(1, 100) <= 100 * SIMPLE) return about(other(speaker))
  const person = random(0, people - 1)
  return { join: JOINS[random(0, JOINS.length - 1)]!, left: about(person), right: about(other(person)) }
}

/** @returns undefined where not exactly one world fits */
function draw(random: Draw, fewest: number, most: number): Omit<KnightsTextExample, 'answer'> | undefined {
  const people = random(fewest, most)
  const claims = Array.from({ length: people }, (_, speaker) => drawClaim(random, people, speaker))
  const [knights, ...others] = solutions(claims)
  if (!knights || others.length > 0) return undefined
  const names: string[] = []
  while (names.length < people) {
    const name = NAMES[random(0, NAMES.length - 1)]!
    if (!names.includes(name)) names.push(name)
  }
  return { names, claims, knights }
}

const role = (knight: boolean) => (knight ? 'a knight' : 'a knave')

function spell(claim: Claim, names: string[]): string {
  if ('person' in claim) return `${names[claim.person]} is ${role(claim.knight)}`
  if ('not' in claim) return `it is not true that ${spell(claim.not, names)}`
  const [left, right] = [spell(claim.left, names), spell(claim.right, names)]
  return { and: `${left} and ${right}`, or: `${left}, or ${right}, or both`, if: `if ${left}, then ${right}`, iff: `${left} exactly when ${right}` }[claim.join]
}

const list = (parts: string[]) => `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1)
const roles = (names: string[], knights: boolean[]) => names.map((name, i) => `(${i + 1}) ${name} is ${role(knights[i]!)}`).join('\n')

function question({ names, claims }: KnightsTextExample): string {
  const said = claims.map((claim, i) => `${names[i]} ${VERBS[i % VERBS.length]}: “${capital(spell(claim, names))}.”`)
  return (
    'On an island everybody is either a knight or a knave. Knights always tell the truth, and knaves always lie. ' +
    `You meet ${list(names)}. ${said.join(' ')} Who is a knight and who is a knave?`
  )
}

/** What everybody said is checked in the world that fits. */
function reasons({ names, claims, knights }: KnightsTextExample): string {
  const checked = claims.map((claim, i) => {
    const true_ = holds(claim, knights)
    return `${names[i]} is ${role(knights[i]!)} and says that ${spell(claim, names)}: ${true_ ? 'true' : 'false'}, as it must be.`
  })
  return `Suppose that ${list(names.map((name, i) => `${name} is ${role(knights[i]!)}`))}. ${checked.join(' ')} No other choice fits all that was said.`
}

const SYSTEM =
  'You solve puzzles. First think: write your thoughts, step by step, between <think> and </think>. Then write the answer between ' +
  '<answer> and </answer>, one numbered line for each person and nothing else, for example:\n' +
  '<answer>\n(1) Zoe is a knight\n(2) Max is a knave\n</answer>'

export const knightsText: TaskKind<typeof settings> = {
  name: 'knights_text',
  title: 'Knights and Knaves in words, for chat models',
  settings,
  graders: [
    { name: 'knights_answer', weight: 1 },
    { name: 'knights_format', weight: 1 },
  ],
  create: ({ people: [fewest, most] }): Task<KnightsTextExample> => ({
    name: 'knights_text',
    example(split, i, seed = 0) {
      // the people's names do not make another puzzle
      const drawn = drawProblem(14, split, i, seed, (random) => draw(random, fewest, most), ({ claims }) => JSON.stringify(claims))
      return { ...drawn, answer: roles(drawn.names, drawn.knights) }
    },
    prompt: (example) => [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: question(example) },
    ],
    solution: (example) => `<think>\n${reasons(example)}\n</think>\n<answer>\n${example.answer}\n</answer>`,
    level: ({ names }) => `${names.length} people`,
  }),
}
