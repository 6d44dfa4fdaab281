/** A question to the model beside the run: with its adapter or without, by the same random numbers, piece by piece as it writes. */
import type { Adapter } from '../policy/policy'
import type { Context } from './algorithm'
import { endings, roomFor } from './rounds'

export interface Asked {
  text: string
  adapter: Adapter
  maxTokens: number
  /** 0 is greedy. */
  temperature: number
  /** Another number, another answer. */
  attempt: number
  signal?: AbortSignal
}

export interface Reply {
  /** The text of each token. */
  pieces: string[]
  /** Log-prob of each token, by whoever wrote it. */
  logprobs: number[]
  finish: 'stop' | 'length'
}

/** Answers one message. Throws when the vocabulary cannot spell it, or the context is too short. `onPieces` gets all pieces so far. */
export async function ask(context: Context, asked: Asked, onPieces?: (pieces: string[]) => void): Promise<Reply> {
  const { policy, tokenizer, task, seed } = context
  const { text, adapter, maxTokens, temperature, attempt, signal } = asked
  const prompt = tokenizer.prompt([{ role: 'user', content: text }], task.raw)
  roomFor(1, [prompt], policy.info.contextLength, 1)
  const room = Math.min(maxTokens, policy.info.contextLength - prompt.length)
  const piece = tokenizer.pieces()
  const shown: string[] = []
  const options = { n: 1, maxTokens: room, temperature, stop: endings(context), adapter, ...(signal && { signal }) }
  const [group] = await policy.sample([prompt], { ...options, key: { seed, purpose: 'chat', step: 0, prompt: 0, attempt } }, (news) => {
    for (const { tokens } of news) shown.push(...tokens.map(piece))
    onPieces?.([...shown])
  })
  const { tokens, logprobs, finish } = group![0]!
  const final = tokenizer.pieces()
  return { pieces: tokens.map(final), logprobs, finish }
}

/** Which pieces of `a` are not in the longest common subsequence with `b`: what the one wrote and the other did not. */
export function unlike(a: readonly string[], b: readonly string[]): boolean[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1)) // of a[i …] and b[j …]
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!)
  let j = 0
  return a.map((piece, i) => {
    while (j < b.length && piece !== b[j] && longest[i]![j + 1]! >= longest[i + 1]![j]!) j++
    if (j >= b.length || piece !== b[j]) return true
    j++
    return false
  })
}
