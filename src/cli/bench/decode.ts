/** Tokens a second of decoding, batch 1 and 8 with a shared prompt; the prompt with its first token apart from the later tokens. */
import type { Policy } from '../../policy/policy'
import { fixedPrompt } from './gate'
import { repeat, timed } from './repeat'
import { figuresOf, type Figure } from './result'

const BATCHES = [1, 8]

export async function decodeSuite(policy: Policy, wanted?: number, sizes = { prompt: 256, tokens: 64 }): Promise<{ about: string; figures: Figure[] }> {
  const { contextLength, vocabulary } = policy.info
  const prompt = fixedPrompt(vocabulary, Math.min(sizes.prompt, Math.floor(contextLength / 2)))
  const tokens = Math.min(sizes.tokens, contextLength - prompt.length)
  const figures: Figure[] = []
  for (const n of BATCHES) {
    const draw = (maxTokens: number) => timed(() => policy.sample([prompt], { n, maxTokens, stop: [], temperature: 1, key: { seed: 1, purpose: 'probe', step: 0 } }))
    const repeated = await repeat(async () => {
      const first = (await draw(1)).seconds
      return { first, later: (await draw(tokens)).seconds - first }
    }, wanted)
    const [first, later] = figuresOf(repeated, { later: { 'tokens/s': n * (tokens - 1) } })
    figures.push({ ...first!, name: `batch ${n}: prompt and first token` }, { ...later!, name: `batch ${n}: ${tokens - 1} later tokens a row` })
  }
  return { about: `a prompt of ${prompt.length} tokens, shared; ${tokens} tokens a row at temperature 1, none ends early`, figures }
}
