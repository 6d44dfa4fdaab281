/**
 * GRPO before and after, on the bundled model: chain sums of 4 and 5 terms in one round, answers sampled at T 1. Settings were
 * calibrated with other seeds than these.
 */
import { estimate, write, type Arm, type ArmResults, type Claim } from './results'
import { specs, type Study } from './study'

const TERMS = [4, 5]
const WINDOW = 22

const grpo = (more: object) => ({
  name: 'grpo', questions: 8, num_generations: 8, max_completion_length: WINDOW, learning_rate: 2e-3, adam_beta2: 0.99, ...more,
}) // prettier-ignore

export const grpoStudy: Study = {
  method: 'grpo',
  model: 'ledger',
  tokens: { full: 40_000, quick: 8_000 },
  parts: 8,
  arms(plan) {
    const { seeds, quick } = plan
    const runs = specs(grpoStudy, plan)
    const greedy = { name: 'greedy', temperature: 0, problems: 200 }
    const evaluation = { problems: quick ? 50 : 300, ...(!quick && { variants: [greedy] }) }
    const spec = (algorithm: object) => runs({ task: { name: 'ledger', terms: TERMS }, algorithm, evaluation })
    const arms: Arm[] = [
      { name: 'GRPO', title: '8 questions × 8 completions, every token of the step weighs the same (DAPO’s mean), rate 2e-3', set: 'losses', seeds, spec: spec(grpo({})) },
      { name: 'GRPO, as published', title: 'Each completion weighs the same, whatever its length; KL .04 to the bare model', set: 'losses', seeds, spec: spec(grpo({ loss_type: 'grpo', beta: 0.04, use_bias_correction_kl: false })) },
      { name: 'Dr. GRPO', title: 'No division by the group’s deviation nor by the length', set: 'losses', seeds, spec: spec(grpo({ loss_type: 'dr_grpo', scale_rewards: 'none' })) },
    ] // prettier-ignore
    if (quick) return arms
    return [
      ...arms,
      { name: 'half the rows, half the rate', title: 'The page’s own first run: 4 questions × 8 at 1e-3', set: 'rate', seeds, spec: spec(grpo({ questions: 4, learning_rate: 1e-3 })) },
      { name: 'three times the rate', title: 'Rate 6e-3: rises, and falls back', set: 'rate', seeds: seeds.slice(0, 3), spec: spec(grpo({ learning_rate: 6e-3 })) },
    ] // prettier-ignore
  },
  sets: { losses: 'Held-out accuracy, 4–5 terms, sampled at T 1', rate: 'The learning rate' },
  claims: (arms) => arms.filter(({ runs }) => runs.length > 0).map(speed),
}

/** How soon an arm passes an accuracy: the first evaluation at or above it, over seeds. */
function speed({ name, runs, accuracy }: ArmResults): Claim {
  const rows = [0.6, 0.8, 0.9].map((level) => {
    const passed = runs.flatMap(({ points }) => points.find((point) => point.accuracy >= level)?.tokens ?? [])
    return [level, `${passed.length} of ${runs.length}`, passed.length > 0 ? Math.round(estimate(passed).mean) : '–']
  })
  const says = `From ${write(accuracy[0]!)} to ${write(accuracy.at(-1)!)} of held-out sums right.`
  return { title: `${name}: before and after`, says, columns: ['accuracy', 'seeds that pass it', 'generated tokens (mean)'], rows }
}
