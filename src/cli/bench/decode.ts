/** Tokens a second of decoding, batch 1 and 8 with a shared prompt; the prompt up to its first tokens apart from the later ones. */
import type { Policy } from '../../policy/policy'
import { fixedPrompt } from './gate'
import { repeat } from './repeat'
import { figuresOf, type Figure } from './result'

const BATCHES = [1, 8]
const KEY = { seed: 1, purpose: 'probe', step: 0 } as const

export async function decodeSuite(policy: Policy, wanted?: number, sizes = { prompt: 256, tokens: 64 }): Promise<{ about: string; figures: Figure[] }> {
  const { contextLength, vocabulary } = policy.info
  const prompt = fixedPrompt(vocabulary, Math.min(sizes.prompt, Math.floor(contextLength / 2)))
  const tokens = Math.min(sizes.tokens, contextLength - prompt.length)
  const figures: Figure[] = []
  for (const n of BATCHES) {
    const repeated = await repeat(async () => {
      const start = performance.now()
      let came: number | undefined
      await policy.sample([prompt], { n, maxTokens: tokens, stop: [], temperature: 1, key: KEY }, () => { came ??= performance.now() })
      const end = performance.now()
      return { first: ((came ?? end) - start) / 1000, later: (end - (came ?? end)) / 1000 }
    }, wanted)
    const [first, later] = figuresOf(repeated, { later: { 'tokens/s': n * (tokens - 1) } })
    figures.push({ ...first!, name: `batch ${n}: prompt and first tokens` }, { ...later!, name: `batch ${n}: ${tokens - 1} later tokens a row` })
  }
  return { about: `a prompt of ${prompt.length} tokens, shared; ${tokens} tokens a row at temperature 1, none ends early`, figures }
}
