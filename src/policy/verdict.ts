/**
 * Whether a run fits a device, before anything is downloaded, from plans of it and of changes to it. WebGPU does not tell how much
 * memory a GPU has; the largest buffer that the adapter grants is the one figure there is, and what is within it fits in practice.
 */
import type { MemoryPlan } from './host'

export interface Limits {
  maxBufferSize: number
  maxStorageBufferBindingSize: number
}

/** What may be asked for otherwise: a file of 4 bits, rows of fewer tokens, fewer rows, a lower rank of LoRA. */
export interface Change {
  bits?: 4
  tokens?: number
  rows?: number
  rank?: number
}

export interface Candidate extends MemoryPlan {
  /** Whether each layer is computed again in the backward. */
  recomputed: boolean
  /** The largest tensor that is bound as a whole. */
  largest: { name: string; bytes: number }
}

/** Bytes of a weight of 4 bits, with its share of the scale of a block of 32. */
export const FOUR_BITS = 5 / 8

/** What is bound as a whole: one of the adapter's tensors (all its numbers side by side) or a matrix. */
export function largestOf(adapter: number, matrix: number): Candidate['largest'] {
  return adapter > matrix ? { name: 'the adapter', bytes: adapter } : { name: 'the largest matrix', bytes: matrix }
}

export interface Verdict {
  fits: 'fits' | 'fits with checkpointing' | 'does not fit'
  /** One sentence, with what to try where it does not fit. */
  words: string
}

/** @param plan of the run with some of it changed; `asked` is how the run has it now */
export function judge(
  { maxBufferSize: granted, maxStorageBufferBindingSize: bound }: Limits,
  asked: { tokens: number; rows: number; rank: number },
  plan: (change: Change) => Candidate,
): Verdict {
  const isGood = ({ total, largest }: Candidate) => total <= granted && largest.bytes <= bound
  const now = plan({})
  const figures = `${size(now.total)} of the ${size(granted)} that the adapter grants`
  if (isGood(now)) {
    return now.recomputed
      ? { fits: 'fits with checkpointing', words: `Fits with checkpointing, each layer computed again in the backward: ${figures}.` }
      : { fits: 'fits', words: `Fits: ${figures}.` }
  }
  const { largest } = now
  const wrong = now.total > granted ? figures : `${largest.name} takes ${size(largest.bytes)}, and the adapter binds ${size(bound)} at once`
  const ways: string[] = []
  const four = plan({ bits: 4 })
  if (isGood(four)) ways.push(`a file of 4 bits (${size(four.total)} in all)`)
  const most = (from: number, change: (n: number) => Change) => halves(from).find((n) => isGood(plan(change(n))))
  const [tokens, rows, rank] = [
    most(asked.tokens, (n) => ({ tokens: n })), most(asked.rows, (n) => ({ rows: n })), most(asked.rank, (n) => ({ rank: n })),
  ] // prettier-ignore
  if (rows !== undefined) ways.push(`fewer completions (${rows} in a step)`)
  if (tokens !== undefined) ways.push(`shorter ones (${tokens} tokens with their prompt)`)
  if (rank !== undefined) ways.push(`a lower rank (${rank})`)
  const [{ tokens: t, rows: r, rank: k }, all] = [asked, { tokens: 64, rows: 1, rank: 1 }]
  const least = { bits: 4 as const, tokens: Math.min(t, all.tokens), rows: Math.min(r, all.rows), rank: Math.min(k, all.rank) }
  if (ways.length === 0) ways.push(isGood(plan(least)) ? 'a file of 4 bits with fewer and shorter completions' : 'a smaller model')
  return { fits: 'does not fit', words: `Does not fit: ${wrong}; try ${ways.join(', or ')}.` }
}

/** n/2, n/4, … 1, from the largest. */
function halves(n: number): number[] {
  const half = Math.floor(n / 2)
  return half < 1 ? [] : [half, ...halves(half)]
}

/** 87 MB, 1.2 GB */
function size(bytes: number): string {
  return bytes < 999_500_000 ? `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
