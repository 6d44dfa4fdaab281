/**
 * A step's questions and completions; with DAPO's dynamic sampling (arXiv 2503.14476, eq. 11), groups whose completions all earned
 * the same, which have nothing to teach, give way to fresh questions. Differences from the paper: a group is judged by its reward (of
 * the graders, before any penalty of length) and not by its accuracy alone; no more than max_resamples times, and what is silent
 * then stays; groups are filled up, where the paper samples whole batches and keeps what it needs.
 * Every question has its own number, so that none is asked twice; each refill has its own `attempt` among the keys of randomness.
 */
import type { Context } from './algorithm'
import { groupMetrics, groupsOf, known, rewardsOf, silent } from './math/rewards'
import { mean } from './math/statistics'
import { draw } from './pool'
import { countTokens, rollOut, samplingOf, scoresOf, type Rollouts } from './rollouts'

export interface Batch {
  rollouts: Rollouts
  /** Of everything that was sampled for the step, groups that gave way included. */
  spent: { questions: number; all: number; generated: number }
  metrics: Record<string, number>
}

type Settings = Parameters<typeof samplingOf>[0] & { questions: number; max_resamples: number }

/** Rollouts of step number `step`, after `asked` questions of the run. */
export async function sampleBatch(context: Context, settings: Settings, step: number, asked: number): Promise<Batch> {
  const { questions, num_generations: size, max_resamples } = settings
  const spent = { questions: 0, all: 0, generated: 0 }
  const seen: number[] = [] // rewards
  const ask = async (attempt: number, of?: number[]) => {
    const examples = draw(context, 0, asked + spent.questions, of?.length ?? questions)
    const key = { seed: context.seed, purpose: 'rollout' as const, step, attempt, prompt: 0 }
    const rollouts = await rollOut(context, examples, { ...samplingOf(settings), key, ...(of && { seats: { of, questions } }) })
    const { all, generated } = countTokens(rollouts.rows)
    spent.questions += examples.length
    spent.all += all
    spent.generated += generated
    seen.push(...rewardsIn(context, rollouts, size))
    return rollouts
  }

  let rollouts = await ask(0)
  let [attempts, dropped] = [0, 0]
  while (attempts < max_resamples) {
    const mute = groupsOf(rewardsIn(context, rollouts, size), size).flatMap((group, q) => (silent(group) ? [q] : []))
    if (mute.length === 0) break
    attempts++
    dropped += mute.length
    rollouts = replace(rollouts, mute, await ask(attempts, mute), size)
  }
  const best = context.graders.reduce((sum, { weight, max = 1 }) => sum + Math.max(0, weight * max), 0)
  return {
    rollouts,
    spent,
    metrics: {
      ...groupMetrics(seen, size, best),
      ...(max_resamples > 0 && {
        'dynamic_sampling/attempts': attempts,
        'dynamic_sampling/dropped_groups': dropped,
        'dynamic_sampling/reward': mean(known(seen)), // of all that was sampled: `reward` is of what is trained on, half right by selection
      }),
    },
  }
}

const rewardsIn = (context: Context, { scores }: Rollouts, size: number) => rewardsOf(scoresOf(context, scores, size))

/** The groups `of` of `old` give way to those of `fresh`, one for one. */
function replace(old: Rollouts, of: number[], fresh: Rollouts, size: number): Rollouts {
  const swap = <T>(before: T[], after: T[]) => before.map((x, q) => (of.includes(q) ? after[of.indexOf(q)]! : x))
  const swapRows = <T>(before: T[], after: T[]) => swap(groupsOf(before, size), groupsOf(after, size)).flat()
  return {
    examples: swap(old.examples, fresh.examples),
    prompts: swap(old.prompts, fresh.prompts),
    completions: swap(old.completions, fresh.completions),
    texts: swap(old.texts, fresh.texts),
    scores: old.scores.map((scores, f) => swapRows(scores, fresh.scores[f]!)),
    rows: swapRows(old.rows, fresh.rows),
  }
}
