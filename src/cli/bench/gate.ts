/**
 * Nothing is timed that is wrong: log-probs of a fixed prompt, scored in one pass, and of tokens that were decoded one by one, against
 * an f64 forward on the dequantised weights.
 */
import type { Policy, Tokens } from '../../policy/policy'

/** Largest |Δ log-prob| in nats that passes. */
export const LIMIT = 1e-3
/** Tokens of the prompt, and tokens decoded after it. */
const PROMPT = 16
const DECODED = 8

export interface Gate {
  limit: number
  /** Log-probs that were compared, and the largest difference of those scored and of those decoded. */
  tokens: number
  scored: number
  decoded: number
}

export class WrongNumbers extends Error {
  override name = 'WrongNumbers'
}

/** The same ids for the same vocabulary. */
export function fixedPrompt(vocabulary: number, length: number): Tokens {
  return Array.from({ length }, (_, i) => (7 * i * i + 3 * i + 1) % vocabulary)
}

/** Rejects with WrongNumbers where a difference is above the limit or not a number. The adapter must be a new one, which changes nothing. */
export async function checkNumbers(policy: Policy, reference: { logprobs(rows: Tokens[]): Promise<number[][]> }): Promise<Gate> {
  const prompt = fixedPrompt(policy.info.vocabulary, Math.min(PROMPT, Math.floor(policy.info.contextLength / 2)))
  const options = { n: 1, maxTokens: Math.min(DECODED, policy.info.contextLength - prompt.length), stop: [], temperature: 1 }
  const [[decoded] = []] = await policy.sample([prompt], { ...options, key: { seed: 1, purpose: 'probe', step: 0 } })
  const whole = [...prompt, ...decoded!.tokens]
  const [scored] = await policy.logprobs({ rows: [{ prompt: whole.slice(0, 1), completion: whole.slice(1) }], temperature: 1 }, 'current')
  const [wanted] = await reference.logprobs([whole])
  const gate = { limit: LIMIT, tokens: wanted!.length, scored: largest(scored!, wanted!), decoded: largest(decoded!.logprobs, wanted!.slice(prompt.length - 1)) }
  for (const [what, difference] of [['scored', gate.scored], ['decoded', gate.decoded]] as const) {
    if (difference <= LIMIT) continue
    throw new WrongNumbers(
      `log-probs of ${what} tokens differ by ${difference} nats from the f64 reference, and ${LIMIT} is allowed: no time is printed; ` +
        `run npm run verify -- --model ${policy.info.model}`,
    )
  }
  return gate
}

/** NaN where any is; Infinity where the numbers differ in count. */
function largest(ours: readonly number[], theirs: readonly number[]): number {
  if (ours.length !== theirs.length || ours.length === 0) return Number.POSITIVE_INFINITY
  return Math.max(...ours.map((x, i) => Math.abs(x - theirs[i]!)))
}
