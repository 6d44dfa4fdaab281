/** What an edit of the reward would have changed in a step: rewards, ranks, advantages and which way each completion is pushed. */
import { groupsOf, known, silent } from '../../rl/math/rewards'
import { mean } from '../../rl/math/statistics'
import { regrade, type Comparing } from '../../rl/regrade'
import type { StepReport } from '../../rl/report'
import type { AlgorithmSpec } from '../../runs/spec'
import type { Graded } from './grading'

/** Rewards set by hand, by the place of the completion in its step. */
export type ByHand = Readonly<Record<number, number>>

export interface Sample {
  /** Where it stands in its group's record. */
  place: number
  before: { reward: number; advantage: number; rank: number }
  after: { reward: number; advantage: number; rank: number }
  /** Whether it is pushed another way than it was: towards, away or not at all. */
  turned: boolean
}

export interface Outcome {
  /** [Q][G], in the order of the record. */
  groups: Sample[][]
  /** Advantages of all completions of the step, [N]. */
  advantages: number[]
  silent: { before: number; after: number; of: number }
  meanReward: { before: number; after: number }
}

const COMPARING = new Set<string>(['grpo', 'motif', 'rloo', 'ppo', 'reft'])
export const compares = (algorithm: AlgorithmSpec): algorithm is AlgorithmSpec & Comparing => COMPARING.has(algorithm.name)

/** Throws one sentence where the step's record does not hold what its method needs. */
export function outcomeOf(report: StepReport, graded: Graded, hand: ByHand, settings: Comparing): Outcome {
  const completions = report.groups.flatMap((group) => group.completions)
  const size = report.groups[0]!.completions.length
  const cut = completions.map(({ finish }) => finish === 'length')
  const given = { ...graded, size }
  const plain = regrade(settings, given, report.tokens, cut)
  const set = Object.keys(hand).length > 0
  // with rewards by hand there is one score, and that is the reward
  const rewards = plain.rewards.map((reward, i) => hand[i] ?? reward)
  const alone = { scores: [rewards.map((reward) => (Number.isNaN(reward) ? null : reward))], names: ['hand'], weights: [1], size }
  const after = set ? regrade(settings, alone, report.tokens, cut) : plain
  const before = completions.map(({ reward, advantage }) => ({ reward, advantage }))
  const groups = groupsOf(before, size).map((group, q) => {
    const now = after.rewards.slice(q * size, (q + 1) * size)
    return group.map((was, i): Sample => {
      const is = { reward: now[i]!, advantage: after.advantages[q * size + i]! }
      return {
        place: i,
        before: { ...was, rank: rankIn(group.map(({ reward }) => reward), was.reward) },
        after: { ...is, rank: rankIn(now, is.reward) },
        turned: wayOf(was.advantage) !== wayOf(is.advantage),
      }
    })
  })
  const share = (of: number[]): number => groupsOf(of, size).filter(silent).length
  const meanReward = (of: number[]): number => mean(known(of))
  const old = before.map(({ reward }) => reward)
  return {
    groups,
    advantages: after.advantages,
    silent: { before: share(old), after: share(after.rewards), of: report.groups.length },
    meanReward: { before: meanReward(old), after: meanReward(after.rewards) },
  }
}

/** From the best to the worst by the edited reward; equals as they were, and last what nobody could score. */
export function rankedOrder(samples: readonly Sample[]): Sample[] {
  const of = ({ after }: Sample): number => (Number.isNaN(after.reward) ? -Infinity : after.reward)
  return samples.toSorted((a, b) => (of(a) === of(b) ? 0 : of(b) - of(a)))
}

/** 1 and how many are strictly better. */
const rankIn = (rewards: readonly number[], reward: number): number => 1 + rewards.filter((other) => other > reward + 1e-9).length

/** What rounding leaves of an advantage pushes nothing. */
export function wayOf(advantage: number): 'up' | 'down' | undefined {
  if (Math.abs(advantage) < 1e-9) return undefined
  return advantage > 0 ? 'up' : 'down'
}

/**
 * The reward that takes a completion one place up (+1) or down (−1) in its group: past its equals where it has some, else past the next.
 * It comes to stand half way to whoever follows, or half of the group's spread beyond the last. Undefined where it is alone at that end.
 */
export function moved(rewards: readonly number[], place: number, way: 1 | -1): number | undefined {
  const own = rewards[place]!
  const others = rewards.filter((reward, i) => i !== place && !Number.isNaN(reward))
  const ahead = others.filter((reward) => way * (reward - own) > 1e-9).sort((a, b) => way * (a - b))
  const equals = others.some((reward) => Math.abs(reward - own) <= 1e-9)
  const past = equals ? own : ahead[0]
  if (past === undefined) return undefined
  const next = ahead.find((reward) => way * (reward - past) > 1e-9)
  const end = between(past, undefined, spreadOf([...others, own]), way)
  return next === undefined ? end : (past + next) / 2
}

/** The reward half way between two, or where there is but one, half of the spread beyond it: up (+1) or down (−1). */
export function between(one: number, other: number | undefined, spread: number, way: 1 | -1): number {
  return other === undefined ? one + way * (spread > 0 ? spread / 2 : 0.5) : (one + other) / 2
}

export const spreadOf = (rewards: readonly number[]): number => Math.max(...known([...rewards])) - Math.min(...known([...rewards]))
