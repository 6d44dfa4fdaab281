/** The small charts: which metric, under which name, and what a reader most often asks about it. */
import { countsErrors } from '../../graders/failures'
import { metric, percent } from '../format'
import { later, say } from '../words/say'

export interface Panel {
  /** TRL's name of the metric. */
  metric: string
  label: string
  write: (value: number) => string
  /** Fixed ends of the axis; otherwise the curve's own. */
  domain?: [number, number]
  /** What it is, for those who have not met it. */
  what?: { question: string; answer: string[] }
}

const LOSS: Panel = { metric: 'loss', label: later`loss`, write: metric }
const GRADIENT: Panel = { metric: 'grad_norm', label: later`gradient norm`, write: metric }
const RATE: Panel = { metric: 'learning_rate', label: later`learning rate`, write: metric }
const ENTROPY: Panel = { metric: 'entropy', label: later`entropy`, write: metric }

const LENGTH: Panel = { metric: 'completions/mean_length', label: later`length, tokens`, write: metric }

const WHAT_SILENT = {
  question: later`What is a silent group?`,
  answer: [
    later`A group whose completions all earned the same reward. No completion is better than its group’s mean, every advantage is 0, and the
      question teaches nothing in this step.`,
    later`Many silent groups with a low reward: the task is too hard; with a high one: too easy. Larger groups are silent less often.`,
  ],
}

const GRPO: Panel[] = [
  LOSS,
  GRADIENT,
  ENTROPY,
  LENGTH,
  { metric: 'frac_reward_zero_std', label: later`silent groups`, write: percent, domain: [0, 1], what: WHAT_SILENT },
  { metric: 'completions/clipped_ratio', label: later`cut off`, write: percent, domain: [0, 1] },
]

const WHAT_NOTES = {
  question: later`What is a right note?`,
  answer: [
    later`Each round sees only the note of the round before it. A note is right when it is true as far as it goes: the letter of a term, and
      the sum up to there. Counted are first rounds that left a note of their own.`,
    later`It is not rewarded by itself: a first round earns what becomes of its note in the end. That notes get better is what MOTIF
      learns.`,
  ],
}

const MOTIF: Panel[] = [
  ...GRPO,
  { metric: 'motif/notes_right', label: later`notes right`, write: percent, domain: [0, 1], what: WHAT_NOTES },
  { metric: 'rewards/first_round_format/mean', label: later`first-round format`, write: metric, domain: [0, 1] },
]

const SFT: Panel[] = [LOSS, GRADIENT, ENTROPY, RATE]

const KL: Panel = { metric: 'kl', label: later`KL to the start`, write: metric }

const WHAT_VALUE = {
  question: later`What is the value loss?`,
  answer: [
    later`Beside the policy a small head learns to foretell, at every token, the reward that is still to come. The value loss is how far off
      it is, squared. While it is large, advantages are noise; it should fall in the first steps.`,
  ],
}

const PPO: Panel[] = [
  LOSS,
  { metric: 'loss/value_avg', label: later`value loss`, write: metric, what: WHAT_VALUE },
  { metric: 'objective/kl', label: later`KL to the warm-up`, write: metric },
  { metric: 'policy/clipfrac_avg', label: later`clipped`, write: percent },
  ENTROPY,
  LENGTH,
]

const SELF_TRAINING: Panel[] = [LOSS, GRADIENT, { metric: 'self_training/kept', label: later`right samples kept`, write: metric }, LENGTH]

/** Shown as soon as a run has reported them; `from` on the value where a smaller one says nothing. */
const EXTRAS: (Panel & { from?: number })[] = [
  { metric: 'phase', label: later`phase: warm-up, then RL`, write: metric },
  { metric: 'dynamic_sampling/dropped_groups', label: later`silent groups refilled`, write: metric },
  { metric: 'entropy_coef', label: later`entropy bonus`, write: metric },
  { metric: 'sampling/sampling_logp_difference/mean', label: later`sampler against trainer`, write: metric, from: 0.005 },
  { metric: 'curriculum/level', label: later`level`, write: metric },
]

/** Losses whose value is about 0 at the first update of a batch; the others weigh log-probs, and their value says little. */
const ABOUT_ZERO = new Set<unknown>(['grpo', 'dapo', 'bnpo', 'dr_grpo', 'luspo', 'sapo', undefined])

const WHAT_LOGPROBS = {
  question: later`What does this loss say?`,
  answer: [
    later`This loss type weighs log-probabilities by advantages: −A · log p, summed. Its value moves with how sure the model is, not with
      how good it is. Look at the reward; of the loss only the slope counts.`,
  ],
}

/** The panels of a run's settings `algorithm`, and those of what it has reported. */
export function panelsOf({ name, beta, loss_type }: Settings, reported: Readonly<Record<string, number>> = {}): Panel[] {
  const leashed = typeof beta === 'number' && beta > 0
  const own = ((): Panel[] => {
    if (name === 'sft' || name === 'reward_model') return SFT
    if (name === 'ppo' || name === 'reft') return PPO
    if (name === 'self_training') return SELF_TRAINING
    if (name === 'motif') return [...MOTIF, leashed ? KL : RATE]
    const panels = ABOUT_ZERO.has(loss_type) ? GRPO : [{ ...LOSS, what: WHAT_LOGPROBS }, ...GRPO.slice(1)]
    return leashed ? [...panels, KL] : panels
  })()
  const shown = new Set(own.map(({ metric }) => metric))
  const failures = Object.keys(reported).filter(countsErrors)
  return [
    ...own,
    ...EXTRAS.filter(({ metric, from = -Infinity }) => (reported[metric] ?? -Infinity) >= from && metric in reported && !shown.has(metric)),
    ...failures.map((name): Panel => ({ metric: name, label: say`${name.split('/')[1]!}: failed calls`, write: metric })),
  ]
}

interface Settings {
  name?: unknown
  beta?: unknown
  loss_type?: unknown
}
