/**
 * One answer out of many to the same problem: the commonest, the one that a reward model scores highest (reranking, arXiv 2110.14168
 * §4.2), or the one whose scores add up to most (a weighted vote, 2206.02336 §3.2, by the probability σ(score) of being right).
 */

export interface Candidate {
  /** What votes are counted by; undefined or empty where nothing was answered, which has no vote. */
  answer: string | undefined
  right: boolean
}

/** Whether the answer with the most votes is right; of equals the earliest counts. `weights` [R] are 1 when left out. */
export function voted(candidates: Candidate[], weights?: number[]): boolean {
  const votes = new Map<string, { weight: number; right: boolean }>()
  candidates.forEach(({ answer, right }, i) => {
    if (answer === undefined || answer === '') return
    const before = votes.get(answer)
    votes.set(answer, { weight: (before?.weight ?? 0) + (weights?.[i] ?? 1), right: before?.right ?? right })
  })
  let best: { weight: number; right: boolean } | undefined
  for (const vote of votes.values()) if (!best || vote.weight > best.weight) best = vote
  return best?.right ?? false
}

/** Whether the answer with the highest of `scores` [R] is right; of equals the earliest counts. */
export function reranked(candidates: Candidate[], scores: number[]): boolean {
  return candidates[scores.indexOf(Math.max(...scores))]?.right ?? false
}

export const probability = (score: number): number => 1 / (1 + Math.exp(-score))
