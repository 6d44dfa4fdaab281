/**
 * MOTIF in miniature, on the bundled model: chain sums of 6–8 terms, too long for one window of 22 tokens. Every arm generates the
 * same number of tokens in training; seeds are paired. Settings were calibrated with other seeds than these.
 */
import { claims } from './motif-claims'
import type { Arm } from './results'
import { specs, type Study } from './study'

/** Tokens of one round, and of three. */
const WINDOW = 22
const ROUNDS = 3

const ADAM = { adam_beta2: 0.99 }
const LONG_TERMS = [6, 8]
const MIXED_TERMS = [4, 8]

const oneRound = (window: number) => ({
  name: 'grpo', questions: 8, num_generations: 8, max_completion_length: window, learning_rate: 1e-3, ...ADAM,
}) // prettier-ignore

const published = {
  name: 'motif',
  questions: 1,
  num_generations: 8,
  trajectories: 4,
  rounds: ROUNDS,
  max_completion_length: WINDOW,
  later_temperature: 0.8,
  later_top_p: 0.95,
  format_weight: 0.1,
  learning_rate: 4e-4,
  warmup_steps: 5,
  lr_scheduler_type: 'cosine_with_min_lr',
  min_lr_rate: 0.1,
  ...ADAM,
}

/** Only what the ledger can show of the released code: its other switches are about XML tags, which this model has not. */
const released = { ...published, later_policy: 'base' }

const everyRound = {
  name: 'motif', questions: 8, num_generations: 8, trajectories: 1, rounds: ROUNDS, max_completion_length: WINDOW, train_rounds: 'every',
  later_temperature: 1, later_top_p: 1, format_weight: 0, learning_rate: 1e-3, ...ADAM,
} // prettier-ignore

export const motifStudy: Study = {
  method: 'motif',
  model: 'ledger',
  tokens: { full: 80_000, quick: 6_000 },
  parts: 4,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(motifStudy, plan)
    const greedy = { name: 'greedy', temperature: 0, problems: 100 }
    const evaluation = { problems: quick ? 30 : 200, temperature: 0.8, top_p: 0.95, ...(!quick && { variants: [greedy] }) }
    const spec = (terms: number[], algorithm: object, asking: object = {}) =>
      runs({ task: { name: 'ledger', terms }, algorithm, evaluation: { ...evaluation, ...asking } })
    const vote = { num_generations: ROUNDS }
    const few = seeds.slice(0, 3)
    const long: Arm[] = [
      { name: 'one-round GRPO', title: 'One round of 22 tokens; majority of 3 answers costs what three rounds cost', set: 'long', seeds, spec: spec(LONG_TERMS, oneRound(WINDOW), vote) },
      { name: 'GRPO, long window', title: 'One round of 66 tokens: all rounds’ window at once', set: 'long', seeds, spec: spec(LONG_TERMS, oneRound(WINDOW * ROUNDS)) },
      { name: 'MOTIF as published', title: 'First rounds trained by the mean of 4 futures that the current policy plays', set: 'long', seeds, spec: spec(LONG_TERMS, published) },
      { name: 'MOTIF as released', title: 'Futures played by the bare model in training, by the trained one in evaluation', set: 'long', seeds, spec: spec(LONG_TERMS, released) },
      { name: 'every round trained', title: 'Each trajectory’s advantage on all its rounds’ tokens', set: 'long', seeds, spec: spec(LONG_TERMS, everyRound) },
    ] // prettier-ignore
    if (quick) return long
    const alone = { later_policy: 'base' }
    const more: Arm[] = [
      { name: 'one-round GRPO', title: 'One round of 22 tokens', set: 'mixed', seeds: few, spec: spec(MIXED_TERMS, oneRound(WINDOW), vote) },
      { name: 'MOTIF as published', title: 'Mixed lengths', set: 'mixed', seeds: few, spec: spec(MIXED_TERMS, published) },
      { name: 'every round trained', title: 'Mixed lengths', set: 'mixed', seeds: few, spec: spec(MIXED_TERMS, everyRound) },
      { name: 'MOTIF, learning rate × 6', title: 'Two questions a step at 2.4e-3', set: 'rate', seeds: few, spec: spec(LONG_TERMS, { ...published, questions: 2, learning_rate: 2.4e-3 }) },
      { name: 'the same, adapter in round 1 only', title: 'The bare model plays later rounds in training and in evaluation: nothing can drift', set: 'rate', seeds: few, spec: spec(LONG_TERMS, { ...released, questions: 2, learning_rate: 2.4e-3 }, alone) },
    ] // prettier-ignore
    return [...long, ...more]
  },
  sets: {
    long: 'Held-out accuracy at equal generated tokens, 6–8 terms (sampled at T .8, top-p .95)',
    mixed: 'Mixed lengths, 4–8 terms',
    rate: 'What breaks it, and one cure',
  },
  claims,
}
