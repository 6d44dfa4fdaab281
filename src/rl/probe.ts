/**
 * Before a run: sixteen answers to each of a few training questions, by the model as it is. How many pass, how many groups would be
 * mixed (and so teach something), what that costs. With c of n answers of a question at one reward, a group of G of them drawn without
 * putting back is all at that reward with C(c, G) / C(n, G); for G > n with (c / n)^G. A group is silent when it is all at any one reward.
 */
import { passes } from '../graders/grader'
import type { Context } from './algorithm'
import { rewardsOf } from './math/rewards'
import { wilson } from './math/statistics'
import { draw } from './pool'
import { rollOut, scoresOf } from './rollouts'
import type { Sampling } from './rounds'

export const PROBED = { questions: 8, answers: 16 }

export interface Probe {
  answers: number
  /** Of the answers, by the first grader. */
  passed: { share: number; low: number; high: number }
  /** Expected, of groups of the run's size. */
  mixed: number
  /** Share of the answers that the limit cut off. */
  cut: number
  meanLength: number
  /** Tokens that one step generates, and those until the first mixed group is to be expected; Infinity where none is. */
  step: number
  first: number
  /** What to look at before playing, in sentences; empty where all is well. */
  warnings: string[]
}

/** @param settings of the run's own sampling: Q questions and G completions a step, and how they are drawn */
export async function probe(context: Context, settings: Sampling & { questions: number; n: number }): Promise<Probe> {
  const { questions: Q, n: G, ...sampling } = settings
  const { questions, answers } = PROBED
  const examples = draw(context, 0, 0, questions)
  const rollouts = await rollOut({ ...context, onGroup: undefined }, examples, {
    ...sampling,
    n: answers,
    key: { seed: context.seed, purpose: 'probe', step: 0, prompt: 0 },
  })
  const completions = rollouts.completions.flat()
  const rewards = rewardsOf(scoresOf(context, rollouts.scores, answers))
  const passed = rollouts.scores[0]!.filter((score) => passes(context.graders[0]!, score)).length
  const groups = examples.map((_, q) => rewards.slice(q * answers, (q + 1) * answers))
  const mixed = 1 - groups.reduce((sum, group) => sum + silence(group, G), 0) / groups.length
  const cut = completions.filter(({ finish }) => finish === 'length').length / completions.length
  const meanLength = completions.reduce((sum, { tokens }) => sum + tokens.length, 0) / completions.length
  const share = passed / completions.length
  return {
    answers: completions.length,
    passed: { share, ...wilson(passed, completions.length) },
    mixed,
    cut,
    meanLength,
    step: Q * G * meanLength,
    first: mixed > 0 ? (G * meanLength) / mixed : Infinity,
    warnings: warningsOf({ share, mixed, cut, unscored: rewards.some(Number.isNaN), G }),
  }
}

/** The chance that G of these answers all earn the same. */
export function silence(rewards: readonly number[], G: number): number {
  const n = rewards.length
  const counts = new Map<number, number>()
  for (const reward of rewards) counts.set(reward, (counts.get(reward) ?? 0) + 1)
  let chance = 0
  for (const c of counts.values()) {
    let all = 1
    for (let i = 0; i < G; i++) all *= G <= n ? Math.max(0, c - i) / (n - i) : c / n
    chance += all
  }
  return chance
}

const FEW_MIXED = 0.15

function warningsOf({ share, mixed, cut, unscored, G }: { share: number; mixed: number; cut: number; unscored: boolean; G: number }): string[] {
  const warnings: string[] = []
  if (unscored) warnings.push('Some answers could not be graded by any grader; they count for nothing, so look at the graders first.')
  if (cut > 0.5) warnings.push('More than half of the answers are cut off before they end; raise the completion length.')
  if (mixed >= FEW_MIXED) return warnings
  const why = share > 0.5 ? 'nearly all answers earn the same because they are right: take a harder task' : 'nearly all answers earn the same because none is right: take an easier task, or begin with SFT'
  return [...warnings, `There is next to no signal: ${why}. Groups of more than ${G} are mixed more often.`]
}
