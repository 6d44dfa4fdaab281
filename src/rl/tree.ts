/** MOTIF's tree as reports hold it and as the page sees it grow: question → m responses → k trajectories → rounds. */
import { roundPrompt, type Example, type RoundPrompts } from '../tasks/task'
import type { Context } from './algorithm'
import type { GroupRecord, TrajectoryRecord } from './report'
import { graderFields } from './rollouts'
import { roundsOf, type OnPieces, type Turn } from './rounds'

/** Q questions, m responses to each, k trajectories from each response. */
export interface Tree {
  examples: Example[] /* [Q] */
  responses: Turn[] /* [Q·m] */
  /** Rounds 2 … n: [Q·m·k][n − 1]. */
  trajectories: Turn[][]
}

/** What grading made of a tree. */
export interface GradedTree {
  /** Each grader's score of the last round, [F][Q·m·k]. */
  scores: (number | null)[][]
  /** Of the first-round response, [Q·m]. */
  format: number[]
  rewards: number[] /* [Q·m] */
  advantages: number[] /* [Q·m] */
  /** [Q·m·k], where later rounds are trained. */
  trajectoryAdvantages?: number[] | undefined
}

/** The tree as a report holds it. */
export function treeRecords(context: Context, { examples, responses, trajectories }: Tree, graded: GradedTree): GroupRecord[] {
  const { task, tokenizer, graders } = context
  const m = responses.length / examples.length
  const k = trajectories.length / responses.length
  const branch = (at: number): TrajectoryRecord => {
    const scores = Object.fromEntries(graders.map(({ name }, f) => [name, graded.scores[f]![at]!]))
    const advantage = graded.trajectoryAdvantages?.[at]
    return {
      rounds: trajectories[at]!.map(({ shown, text, completion, note, left }) => ({ prompt: shown, text, finish: completion.finish, note, left })),
      scores,
      success: success(context, scores),
      ...(advantage !== undefined && { advantage }),
    }
  }
  return examples.map((example, q) => ({
    prompt: responses[q * m]!.shown,
    solution: task.solution(example),
    ...graderFields(example),
    completions: responses.slice(q * m, (q + 1) * m).map(({ text, completion, note, left }, i) => {
      const b = q * m + i
      const ways = Array.from({ length: k }, (_, j) => branch(b * k + j))
      const piece = tokenizer.pieces()
      return {
        text,
        pieces: completion.tokens.map(piece),
        finish: completion.finish,
        scores: {
          ...Object.fromEntries(graders.map(({ name }) => [name, meanOf(ways.map(({ scores }) => scores[name]!))])),
          first_round_format: graded.format[b]!,
        },
        reward: graded.rewards[b]!,
        advantage: graded.advantages[b]!,
        note,
        left,
        trajectories: ways,
      }
    }),
  }))
}

/** Of the scores that are there; null when none is. */
export function meanOf(scores: (number | null)[]): number | null {
  const known = scores.filter((score) => score !== null)
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length
}

/** The share of all positive weights that the scores earn. */
function success({ graders }: Context, scores: Record<string, number | null>): number {
  const counting = graders.filter(({ weight }) => weight > 0)
  const all = counting.reduce((sum, { weight }) => sum + weight, 0)
  return all === 0 ? 0 : counting.reduce((sum, { name, weight }) => sum + weight * (scores[name] ?? 0), 0) / all
}

/** The step, and how its tree will branch. */
interface Shape {
  step: number
  m: number
  k: number
  rounds: number
  prompts: RoundPrompts | undefined
}

/** Listeners for the rounds of one step, each of which shows the whole tree so far. */
export function liveTree(context: Context, examples: Example[], shape: Shape) {
  const { step, m, k, rounds } = shape
  const texts = shape.prompts ?? roundsOf(context.task).prompts
  const first = examples.map(() => Array.from({ length: m }, (): string[] => []))
  const later = examples.map(() => Array.from({ length: m }, () => Array.from({ length: k }, () => Array.from({ length: rounds - 1 }, () => ''))))
  const prompts = examples.map((example) =>
    roundPrompt(roundsOf(context.task), texts, example, { round: 1, rounds }).map(({ content }) => content).join('\n\n'),
  )
  const tell = (questions: Set<number>, grown: boolean) => {
    for (const question of questions)
      context.onGroup?.({
        step,
        question,
        questions: examples.length,
        prompt: prompts[question]!,
        completions: first[question]!.map((pieces) => [...pieces]),
        ...(grown && { trajectories: later[question]!.map((ways) => ways.map((texts) => [...texts])) }),
      })
  }
  /** `round` 1: seat = question, sample = response. Round 2: seat = response, sample = trajectory. After that: seat = trajectory. */
  return (round: number): OnPieces =>
    (news) => {
      const touched = new Set<number>()
      for (const { seat, sample, pieces } of news) {
        const way = round === 1 ? seat * m * k : round === 2 ? seat * k + sample : seat
        const question = Math.floor(way / (m * k))
        touched.add(question)
        if (round === 1) first[question]![sample]!.push(...pieces)
        else later[question]![Math.floor(way / k) % m]![way % k]![round - 2] += pieces.join('')
      }
      tell(touched, round > 1)
    }
}
