/** The sums that suit a method: MOTIF is worth its rounds where one round is too short. Offered, and never changed unseen. */
import { exampleOf, read, readText, write, type Draft, type Json } from '../draft'
import { say } from '../words/say'

export interface Offer {
  /** What stands there and why, or what would suit better: one sentence. */
  words: string
  /** The button's words, and the terms that it sets. */
  action: string
  terms: Json
}

/** Undefined where the method asks nothing of its task. */
export function offerOf(draft: Draft): Offer | undefined {
  const terms = read(draft, 'task.terms')
  if (readText(draft, 'algorithm.name') !== 'motif' || readText(draft, 'task.name') !== 'ledger' || !Array.isArray(terms)) return undefined
  const suits = read(exampleOf('motif'), 'task.terms') as number[]
  const usual = read(exampleOf('grpo'), 'task.terms') as number[]
  return JSON.stringify(terms) === JSON.stringify(suits)
    ? {
        words: say`Sums of ${span(suits)} terms came with MOTIF: they are too long for one round of five steps, so a good note pays.`,
        action: say`back to ${span(usual)}`,
        terms: usual,
      }
    : {
        words: say`MOTIF shows its worth where one round is too short, as on sums of ${span(suits)} terms.`,
        action: say`use ${span(suits)}`,
        terms: suits,
      }
}

export function accept(draft: Draft, { terms }: Offer): Draft {
  return write(draft, 'task.terms', terms)
}

const span = ([fewest, most]: readonly number[]): string => `${fewest}–${most}`
