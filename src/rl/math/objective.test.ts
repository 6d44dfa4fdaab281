import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crossEntropy, LOSSES, type LossType } from './losses'
import { policyLoss, type ObjectiveInput, type ObjectiveSettings } from './objective'
import { correctionOf, CORRECTIONS, RATIO_LEVELS } from './ratio'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31)
console.info(`objective.test: seed ${seed} (TEST_SEED repeats it)`)

const settings: ObjectiveSettings = {
  loss_type: 'grpo',
  importance_sampling_level: 'token',
  epsilon: 0.2,
  epsilon_high: 0.28,
  beta: 0,
  use_bias_correction_kl: true,
  max_completion_length: 9,
  top_entropy_quantile: 1,
  sapo_temperature_pos: 1,
  sapo_temperature_neg: 1.05,
  vespo_k_pos: 2,
  vespo_lambda_pos: 3,
  vespo_k_neg: 3,
  vespo_lambda_neg: 2,
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** Ragged rows with log-probs near the old ones, so that some ratios are clipped and some are not; some tokens don't count. */
const token = fc.tuple(number(-4, -0.1), number(-0.6, 0.6), number(-0.5, 0.5), number(0, 3), number(-0.2, 0.2), fc.boolean())
const row = fc.array(token, { minLength: 1, maxLength: 7 })
const batches = fc.array(fc.tuple(row, number(-2, 2), fc.boolean()), { minLength: 1, maxLength: 4 }).map((rows): ObjectiveInput => {
  const mask = rows.map(([of, , counts]) => of.map(([, , , , , is], t) => counts && (is || t % 2 === 0)))
  return {
    logprob: rows.map(([of]) => of.map(([lp]) => lp)),
    old: rows.map(([of]) => of.map(([lp, d]) => lp - d)),
    reference: rows.map(([of]) => of.map(([lp, , d]) => lp - d)),
    entropy: rows.map(([of]) => of.map(([, , , h]) => h)),
    advantages: rows.map(([, A]) => A),
    mask,
    stepTokens: 11,
    pieces: 2,
    sampled: rows.map(([of]) => of.map(([lp, d, , , e]) => lp - d + e)),
  }
})

/** Largest |slope − central difference| by log-prob and by entropy, where no ratio is within a hair of an edge of the clip. */
function worst(input: ObjectiveInput, config: ObjectiveSettings, edges: number[]): number {
  const h = 1e-6
  const frozen = { ...input, constant: input.logprob }
  const { slope } = policyLoss(frozen, config)
  const moved = (key: 'logprob' | 'entropy', b: number, t: number, by: number) =>
    policyLoss({ ...frozen, [key]: input[key].map((r, i) => (i === b ? r.with(t, r[t]! + by) : r)) }, config).loss
  const edgy = (b: number) => {
    const differences = input.logprob[b]!.map((lp, t) => lp - (input.old ?? input.logprob)[b]![t]!)
    const counted = differences.filter((_, t) => input.mask[b]![t])
    const sum = counted.reduce((a, d) => a + d, 0)
    return [...differences, sum, sum / Math.max(1, counted.length)].some((d) => edges.some((edge) => Math.abs(Math.exp(d) - edge) < 1e-4))
  }
  let largest = 0
  for (const key of ['logprob', 'entropy'] as const)
    input[key].forEach((of, b) => {
      if (edgy(b)) return
      of.forEach((_, t) => {
        if (key === 'entropy' && config.top_entropy_quantile < 1) return // which tokens are trained jumps with it
        const difference = (moved(key, b, t, h) - moved(key, b, t, -h)) / (2 * h)
        largest = Math.max(largest, Math.abs((slope[key]?.[b]?.[t] ?? 0) - difference))
      })
    })
  return largest
}

describe('slope is the derivative of the value', () => {
  const types = Object.keys(LOSSES) as (LossType | 'rloo')[]
  const variants: (Partial<ObjectiveSettings> & { bonus?: number; correction?: (typeof CORRECTIONS)[number]; onPolicy?: true })[] = [
    {},
    { beta: 0.3 },
    { beta: 0.3, use_bias_correction_kl: false },
    { delta: 1.2, beta: 0.1 },
    { top_entropy_quantile: 0.4, bonus: 0.2 },
    { bonus: -0.1, off_policy_mask_threshold: 0.05 },
    { onPolicy: true, beta: 0.2 },
    ...CORRECTIONS.map((correction) => ({ correction })),
  ]
  const cases = types.flatMap((loss_type) =>
    RATIO_LEVELS.flatMap((importance_sampling_level) => variants.map((more) => ({ loss_type, importance_sampling_level, ...more }))),
  )
  it.each(types)('%s, at both levels of the ratio, with every option', (type) => {
    for (const { bonus, correction, onPolicy, ...changes } of cases.filter(({ loss_type }) => loss_type === type))
      fc.assert(
        fc.property(batches, (drawn) => {
          const differences = drawn.old!.map((of, b) => of.map((lp, t) => lp - drawn.sampled![b]![t]!))
          const corrected = correction && correctionOf(differences, drawn.mask, correction, { min: 0.9, max: 1.3 })
          const input = { ...drawn, bonus, correction: corrected, ...(onPolicy && { old: null }) }
          expect(worst(input, { ...settings, ...changes }, [0.8, 1.2, 1.28])).toBeLessThan(1e-6)
        }),
        { seed, numRuns: 4 },
      )
  })

  it('cross entropy', () => {
    const { loss, slope } = crossEntropy([[-1, -2], [-0.5]], 7)
    expect(loss).toBeCloseTo(0.5, 12)
    expect(slope).toEqual([[-1 / 7, -1 / 7], [-1 / 7]])
  })
})

describe('the objective', () => {
  const input: ObjectiveInput = {
    logprob: [[-1, -2], [-0.5]],
    old: null,
    reference: null,
    entropy: [[1, 2], [3]],
    advantages: [1, -1],
    mask: [[true, true], [true]],
    stepTokens: 3,
    pieces: 1,
  }

  it('is the advantages’ mean while old and new are the same, and its slope is not zero', () => {
    const { loss, slope } = policyLoss(input, settings)
    expect(loss).toBe(0)
    expect(slope).toEqual({ logprob: [[-0.25, -0.25], [0.5]] })
  })

  it('adds up over micro-batches where the type normalises over the step', () => {
    const config = { ...settings, loss_type: 'dapo' as const }
    const whole = policyLoss(input, config)
    const parts = [0, 1].map((b) => {
      const of = <T>(rows: T[]) => [rows[b]!]
      const { logprob, entropy, advantages, mask } = input
      return policyLoss({ ...input, logprob: of(logprob), entropy: of(entropy), advantages: of(advantages), mask: of(mask), pieces: 2 }, config)
    })
    expect(parts[0]!.loss + parts[1]!.loss).toBeCloseTo(whole.loss, 12)
    expect(parts.flatMap((p) => p.slope.logprob)).toEqual(whole.slope.logprob)
  })

  it('is 0, with slope 0, where nothing counts', () => {
    for (const loss_type of Object.keys(LOSSES) as LossType[]) {
      const nothing = { ...input, mask: [[false, false], [false]], bonus: 0.1, stepTokens: 0 }
      const { loss, slope } = policyLoss(nothing, { ...settings, loss_type, top_entropy_quantile: 0.5 })
      expect(Math.abs(loss)).toBe(0)
      expect(slope.logprob.flat().concat(slope.entropy!.flat()).every((s) => Math.abs(s) === 0)).toBe(true)
    }
  })

  it('refuses a KL without its reference', () =>
    expect(() => policyLoss(input, { ...settings, beta: 0.1 })).toThrow('beta is 0.1 but the reference log-probs are missing'))
})

describe('the sampler’s correction', () => {
  const differences = [[0.5, -0.5, 0.1], [2, 0]]
  const mask = [[true, true, true], [true, false]]
  it.each([
    ['token_truncate', [[1.3, 0.9, Math.exp(0.1)], [1.3, 1]]],
    ['token_mask', [[0, 0, Math.exp(0.1)], [0, 1]]],
    ['sequence_truncate', [[Math.exp(0.1), Math.exp(0.1), Math.exp(0.1)], [1.3, 1.3]]],
    ['sequence_mask', [[Math.exp(0.1), Math.exp(0.1), Math.exp(0.1)], [0, 0]]],
  ] as const)('%s', (mode, want) => {
    const got = correctionOf(differences, mask, mode, { min: 0.9, max: 1.3 })
    want.forEach((of, b) => of.forEach((x, t) => expect(got[b]![t]!).toBeCloseTo(x, 12)))
  })
})
