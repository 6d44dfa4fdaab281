import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sources } from '../../hub/golden'
import { LOSS_TYPES, policyLoss, type PolicyLossSettings } from './losses'

const rows = z.array(z.array(z.number()))
const file = z.object({
  defaults: z.record(z.string(), z.unknown()),
  batches: z.record(
    z.string(),
    z.object({ logprobs: rows, old_logprobs: rows, ref_logprobs: rows, entropies: rows, advantages: z.array(z.number()) }),
  ),
  cases: z.array(
    z.object({
      name: z.string(),
      batch: z.string(),
      config: z.record(z.string(), z.unknown()),
      given: z.record(z.string(), z.unknown()).default({}),
      old_is_new: z.boolean().default(false),
      use_vllm: z.boolean().default(false),
      loss: z.number(),
      grad_logprobs: rows,
      num_items_in_batch: z.number(),
      metrics: z.record(z.string(), z.number().nullable()),
    }),
  ),
})

const options = new Set([
  'loss_type',
  'importance_sampling_level',
  'beta',
  'epsilon',
  'epsilon_high',
  'use_bias_correction_kl',
  'max_completion_length',
  'gradient_accumulation_steps',
  'steps_per_generation',
  'mask_truncated_completions',
])
const inputs = new Set(['num_items_in_batch', 'completion_ids', 'completion_mask'])

/** Why this case is not of the loss types and options that exist here; undefined when it is. */
function foreign({ config, given, use_vllm }: z.infer<typeof file>['cases'][number]): string | undefined {
  if (!(LOSS_TYPES as readonly unknown[]).includes(config.loss_type)) return `loss_type ${String(config.loss_type)}`
  if ((config.importance_sampling_level ?? 'token') !== 'token') return 'sequence-level ratios'
  if (use_vllm) return 'sampler ratios'
  return [...Object.keys(config).filter((k) => !options.has(k)), ...Object.keys(given).filter((k) => !inputs.has(k))][0]
}

describe.each(sources('trl_losses.json'))('policy loss against TRL, $where', ({ path }) => {
  const { defaults, batches, cases } = path
    ? file.parse(JSON.parse(readFileSync(path, 'utf8')))
    : { defaults: {}, batches: {}, cases: [] }
  const mine = cases.filter((c) => foreign(c) === undefined)

  it.skipIf(!path)('finds its cases, and says what it leaves out', () => {
    const skipped = new Map<string, number>()
    for (const c of cases) {
      const why = foreign(c)
      if (why) skipped.set(why, (skipped.get(why) ?? 0) + 1)
    }
    console.info(`${mine.length} of ${cases.length} cases; left out: ${[...skipped].map(([why, n]) => `${n} ${why}`).join(', ') || 'none'}`)
    expect(new Set(mine.map((c) => c.config.loss_type))).toEqual(new Set(LOSS_TYPES))
  })

  it.each(mine)('$name', (c) => {
    const batch = batches[c.batch]!
    const config: Record<string, unknown> = { beta: 0, ...defaults, ...c.config }
    if (config.epsilon_high === 'epsilon') config.epsilon_high = config.epsilon
    const pieces = Number(config.gradient_accumulation_steps)
    const mask = (c.given.completion_mask ?? []) as number[][]
    const { loss, slope, metrics } = policyLoss(
      {
        logprob: batch.logprobs,
        old: c.old_is_new ? null : batch.old_logprobs,
        reference: batch.ref_logprobs,
        entropy: batch.entropies,
        advantages: batch.advantages,
        counts: batch.logprobs.map((_, b) => mask[b]?.[0] !== 0),
        stepTokens: (c.num_items_in_batch * pieces) / Number(config.steps_per_generation),
        pieces,
      },
      config as unknown as PolicyLossSettings,
    )
    expect(Math.abs(loss - c.loss)).toBeLessThan(1e-9)
    c.grad_logprobs.forEach((row, b) => row.forEach((want, t) => expect(Math.abs(slope[b]![t]! - want)).toBeLessThan(1e-9)))
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(c.metrics).sort())
    for (const [name, want] of Object.entries(c.metrics)) {
      const counted = name.startsWith('clip_ratio') // ratios of counts carry float32 rounding there
      expect(Math.abs(metrics[name]! - want!), name).toBeLessThan(counted ? 1e-7 : 1e-9)
    }
  })
})
