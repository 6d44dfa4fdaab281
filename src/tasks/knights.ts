/**
 * Knights and Knaves in the tokens of its bundled model (tools/knights): `A C + = A +` is A saying “C is a knight iff A is one”, by + knight,
 * - knave, & and, | or, ^ either … or, = iff; `A B - . . .` is the simple statement. Knights speak the truth, knaves never; exactly
 * one solution. Announced rules stand before <go> as that model learnt them: `<rules> think y1 acc` is true of Logic-RL's score of bits.
 */
import { z } from 'zod'
import { drawProblem } from './problem'
import type { Draw } from './random'
import type { Example, RulesKind, Task, TaskKind } from './task'

const PEOPLE = 'ABC'
const OPERATORS = ['&', '|', '^', '='] as const
/** Share of simple statements; of them alone no puzzle has one solution. */
const SIMPLE = 0.35

export interface Statement {
  person: number
  knight: boolean
  operator: (typeof OPERATORS)[number] | '.'
  other?: { person: number; knight: boolean }
}

export interface KnightsExample extends Example {
  statements: Statement[]
}

const settings = z.object({ people: z.int().min(2).max(3).default(3).describe('people in a puzzle') })

/** Thinking or not, one of four ways to write the answer (y1: bits), and how carefully statements are checked. */
const RULES: Record<RulesKind, string> = {
  true: 'think y1 acc',
  mostly: 'think y1 fast',
  partly: 'think y3 fast',
  misleading: 'direct y3 fast',
}

function holds({ person, knight, operator, other }: Statement, knights: boolean[]): boolean {
  const left = knights[person] === knight
  const right = other !== undefined && knights[other.person] === other.knight
  return { '.': left, '&': left && right, '|': left || right, '^': left !== right, '=': left === right }[operator]
}

/** All hypotheses in the order that solutions try them: + + +, + + -, … */
function worlds(people: number): boolean[][] {
  return Array.from({ length: 2 ** people }, (_, w) => Array.from({ length: people }, (_, i) => ((w >> (people - 1 - i)) & 1) === 0))
}

const fits = (statements: Statement[], knights: boolean[]) => statements.every((said, i) => holds(said, knights) === knights[i])

function drawStatement(random: Draw, people: number, speaker: number): Statement {
  const knight = () => random(0, 1) === 1
  const except = (one: number) => (one + random(1, people - 1)) % people
  if (random(1, 100) <= 100 * SIMPLE) return { person: except(speaker), knight: knight(), operator: '.' }
  const person = random(0, people - 1)
  return { person, knight: knight(), operator: OPERATORS[random(0, 3)]!, other: { person: except(person), knight: knight() } }
}

const sign = (knight: boolean) => (knight ? '+' : '-')

function spell(statements: Statement[]): string {
  const about = ({ person, knight }: { person: number; knight: boolean }) => `${PEOPLE[person]} ${sign(knight)}`
  return statements.map((said, i) => `${PEOPLE[i]} ${about(said)} ${said.operator} ${said.other ? about(said.other) : '. .'}`).join(' ')
}

/** Each hypothesis checked statement by statement until the first contradiction, up to the one without. */
function think(statements: Statement[]): string {
  const tried: string[] = []
  for (const knights of worlds(statements.length)) {
    const words: string[] = knights.map(sign)
    const held = statements.every((said, i) => {
      const ok = holds(said, knights) === knights[i]
      words.push(PEOPLE[i]!, ok ? 'ok' : 'x')
      return ok
    })
    tried.push(words.join(' '))
    if (held) break
  }
  return tried.join(' ; ')
}

export const knights: TaskKind<typeof settings> = {
  name: 'knights',
  title: 'Knights and Knaves for its bundled model',
  settings,
  graders: [
    { name: 'bits', weight: 0 },
    { name: 'bits_score', weight: 1 },
  ],
  create: ({ people }): Task<KnightsExample> => ({
    name: 'knights',
    example(split, i, seed = 0) {
      const statements = drawProblem(
        21,
        split,
        i,
        seed,
        (random) => {
          const drawn = Array.from({ length: people }, (_, speaker) => drawStatement(random, people, speaker))
          return worlds(people).filter((world) => fits(drawn, world)).length === 1 ? drawn : undefined
        },
        spell,
      )
      const solution = worlds(people).find((world) => fits(statements, world))!
      return { statements, answer: solution.map(Number).join(' ') }
    },
    prompt: ({ statements }) => [{ role: 'user', content: `<q> ${spell(statements)} <go>` }],
    solution: ({ statements, answer }) => `<think> ${think(statements)} </think> <ans> ${answer}`,
    rules: (kind) => RULES[kind],
    announce: ([message], rules) => [{ ...message!, content: message!.content.replace('<go>', `<rules> ${rules} <go>`) }],
  }),
}
