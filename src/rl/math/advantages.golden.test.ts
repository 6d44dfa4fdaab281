import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sources } from '../../hub/golden'
import { lengthMetrics, truncated } from '../rollouts'
import { advantagesOf, leaveOneOut, type LeaveOneOutSettings } from './advantages'

const rows = z.array(z.array(z.number()))
const file = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      trainer: z.enum(['grpo', 'rloo']),
      config: z.record(z.string(), z.unknown()),
      num_generations: z.number(),
      rewards: z.array(z.array(z.number().nullable())),
      advantages: z.array(z.number()),
      metrics: z.record(z.string(), z.number().nullable()),
      logprob_gap: z.object({ old_logprobs: rows, ref_logprobs: rows }).optional(),
      completion_ids: rows.optional(),
      completion_mask: rows.optional(),
    }),
  ),
})
const KNOWN = new Set(
  ('scale_rewards multi_objective_aggregation reward_weights mask_truncated_completions beta normalize_advantages reward_clip_range').split(' '),
)
/** The end token of the recordings. */
const EOS = [1]

describe.each(sources('trl_advantages.json'))('advantages against TRL, $where', ({ path }) => {
  const { cases } = path ? file.parse(JSON.parse(readFileSync(path, 'utf8'))) : { cases: [] }
  let worst = 0

  it.each(cases)('$name', (c) => {
    expect(Object.keys(c.config).filter((key) => !KNOWN.has(key))).toEqual([])
    const names = c.rewards.map((_, f) => `r${f}`)
    const given = { scores: c.rewards, names, weights: (c.config.reward_weights as number[] | null) ?? names.map(() => 1), size: c.num_generations }
    const gaps = c.logprob_gap?.old_logprobs.map((row, b) => row.map((lp, t) => lp - c.logprob_gap!.ref_logprobs[b]![t]!))
    const penalty = gaps?.map((row) => Number(c.config.beta) * row.reduce((a, x) => a + x, 0))
    const group = { scale_rewards: 'group', multi_objective_aggregation: 'sum_then_normalize' } as const
    const got =
      c.trainer === 'grpo'
        ? advantagesOf(given, { ...group, ...c.config })
        : leaveOneOut(given, c.config as unknown as LeaveOneOutSettings, penalty)
    expect(got.advantages).toHaveLength(c.advantages.length)
    c.advantages.forEach((want, i) => (worst = Math.max(worst, Math.abs(got.advantages[i]! - want))))
    expect(worst).toBeLessThan(1e-9)
    const lengths = c.completion_ids ? lengthMetrics(c.completion_ids, EOS) : {}
    const kl = gaps && { kl: gaps.flat().reduce((a, x) => a + x, 0) / gaps.flat().length }
    const metrics: Record<string, number> = { ...lengths, ...kl, ...got.metrics }
    for (const [name, want] of Object.entries(c.metrics)) {
      if (want === null) expect(metrics[name], name).toBeNaN()
      else expect(Math.abs(metrics[name]! - want), name).toBeLessThan(1e-9)
    }
    c.completion_mask?.forEach((row, b) => {
      const kept = !c.config.mask_truncated_completions || !truncated(c.completion_ids?.[b] ?? [], EOS)
      expect(row.some((x) => x === 1)).toBe(kept)
    })
  })

  it.skipIf(!path)('has seen every case', () => {
    console.info(`${cases.length} of ${cases.length} advantages, largest difference ${worst.toExponential(1)}`)
    expect(cases.length).toBeGreaterThan(0)
  })
})
