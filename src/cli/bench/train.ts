/** Forward, backward and AdamW of one group of rows: a shared prompt, completions of equal length. */
import type { Policy } from '../../policy/policy'
import { fenceOf } from './fence'
import { fixedPrompt } from './gate'
import { repeat, timed } from './repeat'
import { figuresOf, type Figure } from './result'

const ADAMW = { learningRate: 1e-6, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }

export async function trainSuite(policy: Policy, wanted?: number, sizes = { rows: 8, tokens: 128 }): Promise<{ about: string; figures: Figure[] }> {
  const { contextLength, vocabulary } = policy.info
  const tokens = Math.min(sizes.tokens, contextLength)
  const prompt = fixedPrompt(vocabulary, Math.floor(tokens / 4))
  const completion = tokens - prompt.length
  const rows = Array.from({ length: sizes.rows }, (_, row) => ({ prompt, completion: fixedPrompt(vocabulary, completion).map((id) => (id + row) % vocabulary) }))
  const slope = { logprob: rows.map((_, row) => new Array<number>(completion).fill((row % 2 === 0 ? 1 : -1) / (sizes.rows * completion))) }
  const fence = await fenceOf(policy)
  const repeated = await repeat(async () => {
    const { seconds: forward, value: { id } } = await timed(() => policy.forward({ rows, temperature: 1 })) // prettier-ignore
    const { seconds: backward } = await timed(async () => {
      await policy.backward(id, slope)
      await fence()
    })
    return { forward, backward, AdamW: (await timed(() => policy.step(ADAMW))).seconds }
  }, wanted)
  const whole = { warmup: sum(repeated.warmup), samples: repeated.samples.map(sum) }
  const rate = { 'tokens/s': sizes.rows * tokens }
  const figures = [...figuresOf(repeated, { forward: rate, backward: rate }), ...figuresOf(whole, { 'all three': rate })]
  const shared = `the first ${prompt.length} a prompt that they share, counted in each`
  return { about: `${sizes.rows} rows of ${tokens} tokens, ${shared}; LoRA of rank ${policy.info.adapter.rank}`, figures }
}

function sum(parts: Record<string, number>): Record<string, number> {
  return { 'all three': Object.values(parts).reduce((a, b) => a + b, 0) }
}
