import { describe, expect, it } from 'vitest'
import { fakeContext, runAll } from './context.fixture'
import { grpo } from './grpo'
import { LOSS_TYPES } from './math/losses'
import { recordedLoss, recordedTokens } from './recorded'
import { rloo, rlooObjective } from './rloo'

const small = { questions: 2, num_generations: 4, max_completion_length: 12 }
const cases: Record<string, object> = {
  ...Object.fromEntries(LOSS_TYPES.map((loss_type) => [loss_type, { loss_type, num_iterations: 2 }])),
  'two pieces and a leash': { beta: 0.1, gradient_accumulation_steps: 2, num_iterations: 2 },
  'the sampler’s correction': { importance_sampling_correction: 'token_truncate' },
  'cut completions left out': { mask_truncated_completions: true, max_completion_length: 4 },
}

describe('the record of a step', () => {
  it.each(Object.entries(cases))('is enough to compute its loss and its slopes again: %s', async (_, change) => {
    const settings = grpo.settings.parse({ ...small, ...change })
    const reports = await runAll(grpo, await fakeContext({ steps: 2 }), settings)
    for (const { tokens, metrics } of reports) {
      const again = recordedLoss(tokens!, settings, tokens!.advantages as number[])
      // the entropy's part of the loss is in the metrics only where there is a bonus, and is computed again with it
      expect(again.loss).toBeCloseTo(metrics.loss!, 12)
      expect(again.slope).toEqual(tokens!.slope)
      expect(tokens!.logprob.map((row) => row.length)).toEqual(tokens!.sampled.map((row) => row.length))
    }
  })

  it.each(Object.entries(cases))('and to say what each token added: %s', async (_, change) => {
    const settings = grpo.settings.parse({ ...small, ...change })
    for (const { tokens, metrics } of await runAll(grpo, await fakeContext({ steps: 2 }), settings)) {
      const each = recordedTokens(tokens!, settings, tokens!.advantages as number[])
      expect(each.map((row) => row.map(({ slope }) => slope))).toEqual(tokens!.slope)
      expect(each.flat().reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(metrics.loss!, 12)
    }
  })

  it('holds for RLOO’s own loss', async () => {
    const settings = rloo.settings.parse({ ...small, num_iterations: 2 })
    for (const { tokens } of await runAll(rloo, await fakeContext({ steps: 2 }), settings)) {
      const each = recordedTokens(tokens!, rlooObjective(settings), tokens!.advantages as number[])
      expect(each.map((row) => row.map(({ slope }) => slope))).toEqual(tokens!.slope)
    }
  })

  it('answers what another advantage would have done', async () => {
    const settings = grpo.settings.parse(small)
    const [report] = await runAll(grpo, await fakeContext({ steps: 1 }), settings)
    const tokens = report!.tokens!
    const only = tokens.counts.map((_, b) => (b === 0 ? 1 : 0))
    const { slope } = recordedLoss(tokens, settings, only)
    expect(slope[0]!.every((s) => s < 0)).toBe(true)
    expect(slope.slice(1).flat().every((s) => s === 0)).toBe(true)
  })
})
