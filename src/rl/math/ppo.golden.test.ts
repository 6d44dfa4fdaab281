import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { shared } from '../../hub/golden'
import { estimate, objectiveMetrics, ppoLoss, valuedStates, type PpoSettings } from './ppo'

const perToken = z.array(z.array(z.number()))
const inputs = z.object({
  lengths: z.array(z.int()),
  ended: z.array(z.int()).optional(),
  old_logprobs: perToken,
  logprobs: perToken,
  ref_logprobs: perToken,
  old_values: perToken,
  values: perToken,
  scores: z.array(z.number()),
})
const wanted = z.object({
  name: z.string(),
  config: z.record(z.string(), z.unknown()),
  kl: perToken.optional(),
  rewards: perToken,
  advantages_raw: perToken,
  returns: perToken,
  advantages: perToken,
  loss: z.number(),
  policy_loss: z.number(),
  value_loss: z.number(),
  grad_logprobs: perToken,
  grad_values: perToken,
})
const file = z.object({
  defaults: z.record(z.string(), z.unknown()),
  batches: z.record(z.string(), inputs),
  cases: z.array(
    wanted.extend({
      batch: z.string(),
      width: z.int(),
      value_positions: z.array(z.int()),
      logged: z.record(z.string(), z.number().nullable()),
    }),
  ),
  reft: z.array(wanted.extend({ inputs })),
})

const path = shared('golden', 'trl_ppo.json')
const { defaults, batches, cases, reft } = path
  ? file.parse(JSON.parse(readFileSync(path, 'utf8')))
  : { defaults: {}, batches: {}, cases: [], reft: [] }
let worst = 0

function near(got: number, want: number, what: string) {
  worst = Math.max(worst, Math.abs(got - want))
  expect(Math.abs(got - want), `${what}: ${got} instead of ${want}`).toBeLessThan(1e-9)
}

function nearAll(got: number[][], want: number[][], what: string) {
  expect(got.map((row) => row.length), what).toEqual(want.map((row) => row.length))
  want.forEach((row, b) => row.forEach((x, t) => near(got[b]![t]!, x, `${what} [${b}][${t}]`)))
}

/** Everything of one case; what TRL logs of it is left to the caller. */
function compare(given: z.output<typeof inputs>, want: z.output<typeof wanted>, valued: number[], settings: PpoSettings) {
  const penalty = Number(want.config.missing_eos_penalty ?? 0)
  const scores = given.scores.map((score, b) => (given.ended?.[b] === 0 ? score - penalty : score))
  const experience = { old: given.old_logprobs, reference: given.ref_logprobs, values: given.old_values, scores, valued }
  const estimates = estimate(experience, settings)
  if (want.kl) nearAll(estimates.kl, want.kl, 'kl')
  nearAll(estimates.rewards, want.rewards, 'rewards')
  nearAll(estimates.advantagesRaw, want.advantages_raw, 'advantages_raw')
  nearAll(estimates.returns, want.returns, 'returns')
  nearAll(estimates.advantages, want.advantages, 'advantages')
  const batch = {
    logprob: given.logprobs,
    value: given.values,
    old: given.old_logprobs,
    oldValues: given.old_values,
    advantages: estimates.advantages,
    returns: estimates.returns,
  }
  const { loss, slope, metrics } = ppoLoss(batch, settings)
  near(loss, want.loss, 'loss')
  near(metrics['loss/policy_avg']!, want.policy_loss, 'policy loss')
  near(metrics['loss/value_avg']!, want.value_loss, 'value loss')
  nearAll(slope.logprob, want.grad_logprobs, 'slope of log-probs')
  nearAll(slope.value, want.grad_values, 'slope of values')
  return { ...metrics, ...objectiveMetrics(experience, estimates, settings) } as Record<string, number>
}

const settingsOf = (config: Record<string, unknown>, convention: 'trl' | 'reft') =>
  ({ kl_estimator: 'k1', whiten_rewards: false, ...defaults, ...config, convention }) as unknown as PpoSettings

describe.skipIf(!path)('PPO against TRL: golden/trl_ppo.json of the shared folder (ETUDE_SHARED)', () => {
  it.each(cases)('$name', ({ batch, width, value_positions, logged, ...want }) => {
    const given = batches[batch]!
    expect(valuedStates(given.lengths, width, 'trl')).toEqual(value_positions)
    const metrics = compare(given, want, value_positions, settingsOf(want.config, 'trl'))
    // these two are means over the padded rectangle there, of squares that are 0 and ratios that are 1 where it is padding
    const tokens = given.lengths.reduce((a, b) => a + b, 0)
    const padding = given.lengths.length * width - tokens
    metrics['policy/approxkl_avg'] = (metrics['policy/approxkl_avg']! * tokens) / (tokens + padding)
    metrics['val/ratio'] = (metrics['val/ratio']! * tokens + padding) / (tokens + padding)
    for (const [name, value] of Object.entries(logged)) {
      // the variance over one micro-batch, the entropy of replaced logits, and the count of end tokens, which has no formula
      if (value === null || ['val/ratio_var', 'policy/entropy_avg', 'val/num_eos_tokens'].includes(name)) continue
      expect(metrics, name).toHaveProperty([name])
      if (name.includes('clipfrac')) expect(metrics[name]!).toBeCloseTo(value, 6) // float32 there
      else near(metrics[name]!, value, name)
    }
  })

  it.each(reft)('$name', ({ inputs: given, ...want }) => {
    compare(given, want, valuedStates(given.lengths, Math.max(...given.lengths), 'reft'), settingsOf(want.config, 'reft'))
  })

  it('finds its cases', () => {
    console.info(`${cases.length} cases of TRL and ${reft.length} of ReFT; largest difference ${worst.toExponential(1)}`)
    expect(Math.min(cases.length, reft.length)).toBeGreaterThan(0)
  })
})
