import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sources } from '../../hub/golden'
import { adapt, bonusOf, type EntropySettings, type EntropyState } from './entropy'
import { policyLoss, type Loss, type ObjectiveSettings } from './objective'

const rows = z.array(z.array(z.number()))
const outcome = z.object({
  loss: z.number(),
  grad_logprobs: rows,
  grad_entropies: rows.optional(),
  num_items_in_batch: z.number(),
  metrics: z.record(z.string(), z.number().nullable()),
})
const given = z
  .object({
    completion_mask: rows.optional(),
    tool_mask: rows.optional(),
    importance_sampling_ratio: rows.optional(),
    sampling_logprobs: rows.optional(),
    entropies: rows.optional(),
    num_items_in_batch: z.number().optional(),
    completion_ids: rows.optional(),
  })
  .strict()
const config = z.record(z.string(), z.unknown())
const file = z.object({
  defaults: config,
  batches: z.record(
    z.string(),
    z.object({ logprobs: rows, old_logprobs: rows, ref_logprobs: rows, entropies: rows, advantages: z.array(z.number()) }),
  ),
  cases: z.array(
    outcome.extend({
      name: z.string(),
      batch: z.string(),
      config,
      given: given.default({}),
      old_is_new: z.boolean().default(false),
      use_vllm: z.boolean().default(false),
    }),
  ),
  adaptive_entropy: z.object({ config, batch: z.string(), steps: z.array(outcome.extend({ given })) }).optional(),
})
type File = z.infer<typeof file>
type Case = Pick<File['cases'][number], 'batch' | 'config' | 'given' | 'num_items_in_batch'> & { old_is_new?: boolean }

const KNOWN = new Set(
  ('loss_type importance_sampling_level beta epsilon epsilon_high delta use_bias_correction_kl max_completion_length temperature ' +
    'sapo_temperature_pos sapo_temperature_neg vespo_k_pos vespo_lambda_pos vespo_k_neg vespo_lambda_neg top_entropy_quantile ' +
    'entropy_coef use_adaptive_entropy entropy_coef_delta entropy_coef_max entropy_target off_policy_mask_threshold ' +
    'mask_truncated_completions gradient_accumulation_steps steps_per_generation').split(' '),
)

function lossOf({ defaults, batches }: File, c: Case, state?: EntropyState) {
  const off = { entropy_coef: 0, use_adaptive_entropy: false, entropy_coef_min: 0, top_entropy_quantile: 1, importance_sampling_level: 'token' }
  const merged: Record<string, unknown> = { beta: 0, ...off, ...defaults, ...c.config, delta: c.config.delta ?? undefined }
  if (merged.epsilon_high === 'epsilon') merged.epsilon_high = merged.epsilon
  const settings = merged as unknown as ObjectiveSettings & EntropySettings & Record<'gradient_accumulation_steps' | 'steps_per_generation', number>
  const batch = batches[c.batch]!
  const pieces = settings.gradient_accumulation_steps
  const masks = [c.given.completion_mask, c.given.tool_mask].filter((mask) => mask !== undefined)
  const before = state ?? { coefficient: settings.entropy_coef }
  const result = policyLoss(
    {
      logprob: batch.logprobs,
      old: c.old_is_new ? null : batch.old_logprobs,
      reference: batch.ref_logprobs,
      entropy: c.given.entropies ?? batch.entropies,
      advantages: batch.advantages,
      mask: batch.logprobs.map((row, b) => row.map((_, t) => masks.every((mask) => mask[b]![t] !== 0))),
      stepTokens: (c.num_items_in_batch * pieces) / settings.steps_per_generation,
      pieces,
      sampled: c.given.sampling_logprobs,
      correction: c.given.importance_sampling_ratio?.map((row, b) => batch.logprobs[b]!.map((_, t) => row[row.length === 1 ? 0 : t]!)),
      bonus: bonusOf(settings, before),
    },
    settings,
  )
  return { result, next: adapt(settings, before, result.entropy.sum / result.entropy.tokens) }
}

/** Largest difference, of values and slopes. */
function compare({ loss, slope, metrics }: Loss, want: z.infer<typeof outcome>): number {
  let worst = Math.abs(loss - want.loss)
  const rowsOf = (got: number[][], wanted: number[][]) => {
    expect(got.map((row) => row.length)).toEqual(wanted.map((row) => row.length))
    wanted.forEach((row, b) => row.forEach((x, t) => (worst = Math.max(worst, Math.abs(got[b]![t]! - x)))))
  }
  rowsOf(slope.logprob, want.grad_logprobs)
  expect('entropy' in slope, 'a slope by entropy').toBe(want.grad_entropies !== undefined)
  if (want.grad_entropies) rowsOf(slope.entropy!, want.grad_entropies)
  expect(worst).toBeLessThan(1e-9)
  expect(Object.keys(metrics).sort()).toEqual(Object.keys(want.metrics).sort())
  for (const [name, value] of Object.entries(want.metrics)) {
    const counted = name.includes('clip_ratio') // ratios of counts carry float32 rounding there
    expect(Math.abs(metrics[name]! - value!), name).toBeLessThan(counted ? 1e-7 : 1e-9)
  }
  return worst
}

describe.each(sources('trl_losses.json'))('loss and slopes against TRL, $where', ({ path }) => {
  const all: File = path ? file.parse(JSON.parse(readFileSync(path, 'utf8'))) : { defaults: {}, batches: {}, cases: [] }
  let worst = 0

  it.each(all.cases)('$name', (c) => {
    expect(Object.keys(c.config).filter((key) => !KNOWN.has(key))).toEqual([])
    worst = Math.max(worst, compare(lossOf(all, c).result, c))
  })

  it.skipIf(!all.adaptive_entropy)('the entropy bonus that follows its target, step by step', () => {
    const { config, batch, steps } = all.adaptive_entropy!
    let state: EntropyState | undefined
    for (const want of steps) {
      const { result, next } = lossOf(all, { config, batch, given: want.given, num_items_in_batch: want.num_items_in_batch }, state)
      state = next
      compare({ ...result, metrics: { ...result.metrics, entropy_coef: next.coefficient } }, want)
    }
  })

  it.skipIf(!path)('has seen every case', () => {
    console.info(`${all.cases.length} of ${all.cases.length} losses, largest difference ${worst.toExponential(1)}`)
    expect(all.cases.length).toBeGreaterThan(0)
  })
})
