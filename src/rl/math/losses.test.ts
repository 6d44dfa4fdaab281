import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crossEntropy, LOSS_TYPES, policyLoss, type PolicyLossInput, type PolicyLossSettings } from './losses'

const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31)
console.info(`losses.test: seed ${seed} (TEST_SEED repeats it)`)

const settings: PolicyLossSettings = {
  loss_type: 'grpo',
  epsilon: 0.2,
  epsilon_high: 0.28,
  beta: 0,
  use_bias_correction_kl: true,
  max_completion_length: 9,
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
/** Ragged rows with log-probs near the old ones, so that some ratios are clipped and some are not. */
const row = fc.array(fc.tuple(number(-4, -0.1), number(-0.6, 0.6), number(-0.5, 0.5), number(0, 3)), { minLength: 1, maxLength: 7 })
const batches = fc.array(fc.tuple(row, number(-2, 2), fc.boolean()), { minLength: 1, maxLength: 4 }).map(
  (rows): PolicyLossInput => ({
    logprob: rows.map(([of]) => of.map(([lp]) => lp)),
    old: rows.map(([of]) => of.map(([lp, d]) => lp - d)),
    reference: rows.map(([of]) => of.map(([lp, , d]) => lp - d)),
    entropy: rows.map(([of]) => of.map(([, , , h]) => h)),
    advantages: rows.map(([, A]) => A),
    counts: rows.map(([, , counts]) => counts),
    stepTokens: 11,
    pieces: 2,
  }),
)

/** Largest |slope − central difference| over tokens that are not within `h` of an edge of the clip. */
function worst(input: PolicyLossInput, value: (i: PolicyLossInput) => number, slope: number[][], edges: number[]): number {
  const h = 1e-6
  let largest = 0
  input.logprob.forEach((of, b) =>
    of.forEach((lp, t) => {
      const ratio = Math.exp(lp - input.old![b]![t]!)
      if (edges.some((edge) => Math.abs(ratio - edge) < 1e-4)) return
      const at = (x: number) => value({ ...input, logprob: input.logprob.map((r, i) => (i === b ? r.with(t, x) : r)) })
      largest = Math.max(largest, Math.abs(slope[b]![t]! - (at(lp + h) - at(lp - h)) / (2 * h)))
    }),
  )
  return largest
}

describe('slope is the derivative of the value', () => {
  const variants = LOSS_TYPES.flatMap((loss_type) => [
    { ...settings, loss_type },
    { ...settings, loss_type, beta: 0.3 },
    { ...settings, loss_type, beta: 0.3, use_bias_correction_kl: false },
  ])
  it.each(variants)('$loss_type, beta $beta, corrected $use_bias_correction_kl', (config) => {
    fc.assert(
      fc.property(batches, (input) => {
        const { slope } = policyLoss(input, config)
        expect(worst(input, (i) => policyLoss(i, config).loss, slope, [0.8, 1.28])).toBeLessThan(1e-7)
      }),
      { seed, numRuns: 40 },
    )
  })

  it('cross entropy', () => {
    fc.assert(
      fc.property(batches, (input) => {
        const { slope } = crossEntropy(input.logprob, 7)
        expect(worst(input, (i) => crossEntropy(i.logprob, 7).loss, slope, [])).toBeLessThan(1e-7)
      }),
      { seed, numRuns: 40 },
    )
  })
})

describe('policy loss', () => {
  const input: PolicyLossInput = {
    logprob: [[-1, -2], [-0.5]],
    old: null,
    reference: null,
    entropy: [[1, 2], [3]],
    advantages: [1, -1],
    counts: [true, true],
    stepTokens: 3,
    pieces: 1,
  }

  it('is the advantages’ mean while old and new are the same, and its slope is not zero', () => {
    const { loss, slope } = policyLoss(input, settings)
    expect(loss).toBe(0)
    expect(slope).toEqual([[-0.25, -0.25], [0.5]])
  })

  it('adds up over micro-batches where the type normalises over the step', () => {
    const whole = policyLoss(input, { ...settings, loss_type: 'dapo' })
    const parts = [0, 1].map((b) =>
      policyLoss(
        { ...input, logprob: [input.logprob[b]!], entropy: [input.entropy[b]!], advantages: [input.advantages[b]!], pieces: 2 },
        { ...settings, loss_type: 'dapo' },
      ),
    )
    expect(parts[0]!.loss + parts[1]!.loss).toBeCloseTo(whole.loss, 12)
    expect(parts.flatMap((p) => p.slope)).toEqual(whole.slope)
  })

  it('refuses a KL without its reference', () =>
    expect(() => policyLoss(input, { ...settings, beta: 0.1 })).toThrow('beta is 0.1 but the reference log-probs are missing'))
})
