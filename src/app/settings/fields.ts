/**
 * The form as a table: where each setting stands in the spec, its name and its bounds. Settings that are not named here get their
 * field from their own schema (schemaFields.ts), after these.
 */
import { SCALES } from '../../rl/math/advantages'
import { LOSS_TYPES } from '../../rl/math/losses'

interface Common {
  /** Path in the spec. */
  path: string
  label: string
  hint?: string
}
export type Field = Common &
  (
    | { kind: 'number'; min?: number; max?: number; step?: number; integer?: boolean; placeholder?: string }
    | { kind: 'scientific' }
    | { kind: 'switch' }
    | { kind: 'text'; placeholder?: string }
    /** Whatever else JSON can say, typed as JSON. */
    | { kind: 'json' }
    | { kind: 'choice'; options: { value: string; label: string }[] }
  )

const same = (...names: string[]): { value: string; label: string }[] => names.map((value) => ({ value, label: value }))

const STEPS: Field = { kind: 'number', path: 'steps', label: 'Steps', min: 1, integer: true }
const SEED: Field = {
  kind: 'number', path: 'seed', label: 'Seed', min: 0, integer: true,
  hint: 'The same settings and seed give the same run.',
}
const RATE: Field = { kind: 'scientific', path: 'algorithm.learning_rate', label: 'Learning rate' }

const LEASH: Field = {
  kind: 'number', path: 'algorithm.beta', label: 'Leash (β)', min: 0, step: 0.01,
  hint: 'Weight of the KL divergence from the start: how hard the model is held back. 0 turns it off.',
}
const LOSS: Field = {
  kind: 'choice', path: 'algorithm.loss_type', label: 'Loss type', options: same(...LOSS_TYPES),
  hint: 'By what the sum over tokens is divided: grpo, each completion by its own length; bnpo and dapo, all tokens of the ' +
    'batch or step; dr_grpo, a constant. Others change what becomes of the ratio: cispo cuts its weight and keeps every ' +
    'gradient; sapo and vespo fade instead of cutting; luspo does not divide by length; reinforce leaves the ratio out.',
}
const CLIP: Field[] = [
  { kind: 'number', path: 'algorithm.epsilon', label: 'Clip below (ε)', min: 0, step: 0.05 },
  { kind: 'number', path: 'algorithm.epsilon_high', label: 'Clip above (ε)', min: 0, step: 0.05, placeholder: 'as below' },
]
const SCALE: Field = { kind: 'choice', path: 'algorithm.scale_rewards', label: 'Advantage scale', options: same(...SCALES) }

/** Rows of one or two fields. */
export const MAIN: Record<string, Field[][]> = {
  grpo: [
    [RATE, { kind: 'number', path: 'algorithm.temperature', label: 'Temperature', min: 0.05, step: 0.1 }],
    [LEASH, LOSS],
    [STEPS, SEED],
  ],
  motif: [[RATE], [STEPS, SEED]],
  sft: [[RATE], [STEPS, SEED]],
}

const LORA: Field[][] = [
  [
    { kind: 'number', path: 'adapter.rank', label: 'LoRA rank', min: 1, integer: true },
    { kind: 'number', path: 'adapter.alpha', label: 'LoRA alpha', min: 1 },
  ],
]
const OPTIMIZER: Field[][] = [
  [
    {
      kind: 'choice', path: 'algorithm.lr_scheduler_type', label: 'Learning rate schedule',
      options: same('constant', 'linear', 'cosine', 'cosine_with_min_lr'),
    },
  ],
  [
    { kind: 'number', path: 'algorithm.warmup_steps', label: 'Warm-up steps', min: 0, integer: true },
    { kind: 'number', path: 'algorithm.adam_beta2', label: 'Adam β₂', min: 0, max: 0.9999, step: 0.01 },
  ],
  [
    {
      kind: 'number', path: 'algorithm.max_grad_norm', label: 'Gradient clip', min: 0, step: 0.1,
      hint: 'Largest gradient norm; 0 turns clipping off.',
    },
    { kind: 'number', path: 'algorithm.weight_decay', label: 'Weight decay', min: 0, step: 0.01 },
  ],
]
const EVALUATION: Field[][] = [
  [
    {
      kind: 'number', path: 'evaluation.every', label: 'Evaluate every', min: 0, integer: true,
      hint: 'Steps between evaluations on held-out problems.',
    },
    {
      kind: 'number', path: 'evaluation.problems', label: 'Problems', min: 0, integer: true,
      hint: 'Held-out problems that each evaluation asks.',
    },
  ],
]

const MOTIF: Field[][] = [
  [
    { kind: 'number', path: 'algorithm.questions', label: 'Questions', min: 1, integer: true, hint: 'Asked in each step.' },
    {
      kind: 'number', path: 'algorithm.format_weight', label: 'Format weight', min: 0, step: 0.05,
      hint: 'What a first round earns for its format, beside the mean of its final answers.',
    },
  ],
  [
    { kind: 'number', path: 'algorithm.temperature', label: 'Temperature', min: 0.05, step: 0.1, hint: 'Of first rounds.' },
    { kind: 'number', path: 'algorithm.later_temperature', label: 'Later rounds', min: 0, step: 0.1, hint: 'Temperature of rounds 2, 3, …' },
  ],
  [
    { kind: 'number', path: 'algorithm.top_p', label: 'Top-p', min: 0.01, max: 1, step: 0.05, placeholder: '1', hint: 'Of first rounds.' },
    { kind: 'number', path: 'algorithm.later_top_p', label: 'Later top-p', min: 0.01, max: 1, step: 0.05, placeholder: '0.95' },
  ],
  [
    {
      kind: 'number', path: 'algorithm.max_completion_length', label: 'Max. tokens', min: 1, integer: true,
      hint: 'Tokens after which a first round is cut off.',
    },
    {
      kind: 'number', path: 'algorithm.later_max_completion_length', label: 'Later tokens', min: 1, integer: true, placeholder: 'the same',
      hint: 'The same for later rounds.',
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.later_policy', label: 'Later rounds are played by', options: same('current', 'base'),
      hint: 'In training: the model as it is now, or the base without the adapter.',
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.format', label: 'Format of a first round', options: same('note', 'motif_format'),
      hint: 'That it leaves a note, or the rules of the released code.',
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.note_fallback', label: 'Handed over without a note', options: same('previous', 'whole'),
      hint: 'What the next round gets where one leaves no note: the note before it, or the whole text.',
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.train_rounds', label: 'Trained rounds', options: same('first', 'every'),
      hint: 'Whose tokens get a gradient: first rounds alone, or every round, by the advantage of its way.',
    },
    LEASH,
  ],
  [LOSS, SCALE],
  CLIP,
]

/** A method that is not named here gets all of its fields from its schema, and the last of these. */
export const MORE: Record<string, Field[][]> = {
  motif: [...MOTIF, ...LORA, ...OPTIMIZER, ...EVALUATION],
  grpo: [
    [
      {
        kind: 'number', path: 'algorithm.max_completion_length', label: 'Max. tokens', min: 1, integer: true,
        hint: 'Tokens after which a completion is cut off.',
      },
      {
        kind: 'number', path: 'algorithm.num_iterations', label: 'Updates (µ)', min: 1, integer: true,
        hint: 'Optimizer steps on each batch of completions.',
      },
    ],
    CLIP,
    [SCALE],
    ...LORA,
    ...OPTIMIZER,
    ...EVALUATION,
  ],
  sft: [...LORA, ...OPTIMIZER, ...EVALUATION],
}
