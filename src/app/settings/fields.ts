/**
 * The form as a table: where each setting stands in the spec, its name and its bounds. Settings that are not named here get their
 * field from their own schema (schemaFields.ts), after these.
 */
import { SCALES } from '../../rl/math/advantages'
import { LOSS_TYPES } from '../../rl/math/losses'
import { later } from '../words/say'

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

const STEPS: Field = { kind: 'number', path: 'steps', label: later`Steps`, min: 1, integer: true }
const SEED: Field = {
  kind: 'number', path: 'seed', label: later`Seed`, min: 0, integer: true,
  hint: later`The same settings and seed give the same run.`,
}
const RATE: Field = { kind: 'scientific', path: 'algorithm.learning_rate', label: later`Learning rate` }

const LEASH: Field = {
  kind: 'number', path: 'algorithm.beta', label: later`Leash (β)`, min: 0, step: 0.01,
  hint: later`Weight of the KL divergence from the start: how hard the model is held back. 0 turns it off.`,
}
const LOSS: Field = {
  kind: 'choice', path: 'algorithm.loss_type', label: later`Loss type`, options: same(...LOSS_TYPES),
  hint: later`By what the sum over tokens is divided: grpo, each completion by its own length; bnpo and dapo, all tokens of the batch or
    step; dr_grpo, a constant. Others change what becomes of the ratio: cispo cuts its weight and keeps every gradient; sapo and vespo fade
    instead of cutting; luspo does not divide by length; reinforce leaves the ratio out.`,
}
const CLIP: Field[] = [
  { kind: 'number', path: 'algorithm.epsilon', label: later`Clip below (ε)`, min: 0, step: 0.05 },
  { kind: 'number', path: 'algorithm.epsilon_high', label: later`Clip above (ε)`, min: 0, step: 0.05, placeholder: later`as below` },
]
const SCALE: Field = { kind: 'choice', path: 'algorithm.scale_rewards', label: later`Advantage scale`, options: same(...SCALES) }

/** Rows of one or two fields. */
export const MAIN: Record<string, Field[][]> = {
  grpo: [
    [RATE, { kind: 'number', path: 'algorithm.temperature', label: later`Temperature`, min: 0.05, step: 0.1 }],
    [LEASH, LOSS],
    [STEPS, SEED],
  ],
  motif: [[RATE], [STEPS, SEED]],
  sft: [[RATE], [STEPS, SEED]],
}

const LORA: Field[][] = [
  [
    { kind: 'number', path: 'adapter.rank', label: later`LoRA rank`, min: 1, integer: true },
    { kind: 'number', path: 'adapter.alpha', label: later`LoRA alpha`, min: 1 },
  ],
]
const OPTIMIZER: Field[][] = [
  [
    {
      kind: 'choice', path: 'algorithm.lr_scheduler_type', label: later`Learning rate schedule`,
      options: same('constant', 'linear', 'cosine', 'cosine_with_min_lr'),
    },
  ],
  [
    { kind: 'number', path: 'algorithm.warmup_steps', label: later`Warm-up steps`, min: 0, integer: true },
    { kind: 'number', path: 'algorithm.adam_beta2', label: later`Adam β₂`, min: 0, max: 0.9999, step: 0.01 },
  ],
  [
    {
      kind: 'number', path: 'algorithm.max_grad_norm', label: later`Gradient clip`, min: 0, step: 0.1,
      hint: later`Largest gradient norm; 0 turns clipping off.`,
    },
    { kind: 'number', path: 'algorithm.weight_decay', label: later`Weight decay`, min: 0, step: 0.01 },
  ],
]
const EVALUATION: Field[][] = [
  [
    {
      kind: 'number', path: 'evaluation.every', label: later`Evaluate every`, min: 0, integer: true,
      hint: later`Steps between evaluations on held-out problems.`,
    },
    {
      kind: 'number', path: 'evaluation.problems', label: later`Problems`, min: 0, integer: true,
      hint: later`Held-out problems that each evaluation asks.`,
    },
  ],
]

const MOTIF: Field[][] = [
  [
    { kind: 'number', path: 'algorithm.questions', label: later`Questions`, min: 1, integer: true, hint: later`Asked in each step.` },
    {
      kind: 'number', path: 'algorithm.format_weight', label: later`Format weight`, min: 0, step: 0.05,
      hint: later`What a first round earns for its format, beside the mean of its final answers.`,
    },
  ],
  [
    { kind: 'number', path: 'algorithm.temperature', label: later`Temperature`, min: 0.05, step: 0.1, hint: later`Of first rounds.` },
    { kind: 'number', path: 'algorithm.later_temperature', label: later`Later rounds`, min: 0, step: 0.1,
      hint: later`Temperature of rounds 2, 3, …` },
  ],
  [
    { kind: 'number', path: 'algorithm.top_p', label: later`Top-p`, min: 0.01, max: 1, step: 0.05, placeholder: '1',
      hint: later`Of first rounds.` },
    { kind: 'number', path: 'algorithm.later_top_p', label: later`Later top-p`, min: 0.01, max: 1, step: 0.05, placeholder: '0.95' },
  ],
  [
    {
      kind: 'number', path: 'algorithm.max_completion_length', label: later`Max. tokens`, min: 1, integer: true,
      hint: later`Tokens after which a first round is cut off.`,
    },
    {
      kind: 'number', path: 'algorithm.later_max_completion_length', label: later`Later tokens`, min: 1, integer: true,
        placeholder: later`the same`,
      hint: later`The same for later rounds.`,
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.later_policy', label: later`Later rounds are played by`, options: same('current', 'base'),
      hint: later`In training: the model as it is now, or the base without the adapter.`,
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.format', label: later`Format of a first round`, options: same('note', 'motif_format'),
      hint: later`That it leaves a note, or the rules of the released code.`,
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.note_fallback', label: later`Handed over without a note`, options: same('previous', 'whole'),
      hint: later`What the next round gets where one leaves no note: the note before it, or the whole text.`,
    },
  ],
  [
    {
      kind: 'choice', path: 'algorithm.train_rounds', label: later`Trained rounds`, options: same('first', 'every'),
      hint: later`Whose tokens get a gradient: first rounds alone, or every round, by the advantage of its way.`,
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
        kind: 'number', path: 'algorithm.max_completion_length', label: later`Max. tokens`, min: 1, integer: true,
        hint: later`Tokens after which a completion is cut off.`,
      },
      {
        kind: 'number', path: 'algorithm.num_iterations', label: later`Updates (µ)`, min: 1, integer: true,
        hint: later`Optimizer steps on each batch of completions.`,
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
