/** Three ways of MOTIF. “As released” collects what the authors' code (commit 4838e9e) does otherwise than their paper. */
import type { MotifSettings } from './motif'

interface Preset {
  name: string
  note: string
  settings: Partial<MotifSettings>
}

export const PRESETS: Preset[] = [
  {
    name: 'as published',
    note: 'The paper: the current policy plays every round, format and mean accuracy make the reward, first rounds are trained.',
    settings: { train_rounds: 'first', later_policy: 'current', format: 'note', note_fallback: 'previous' },
  },
  {
    name: 'as released',
    note:
      'The released code: later rounds of training are played without the adapter (later_policy), the format score is the code’s, which ' +
      'hardly ever fires on reasoning of several lines (format), and a response without a tag hands over all of its text (note_fallback). ' +
      'Its 2 / 1 / 0 accuracy is the grader motif_accuracy with weight 2.',
    settings: { train_rounds: 'first', later_policy: 'base', format: 'motif_format', note_fallback: 'whole' },
  },
  {
    name: 'every round trained',
    note: 'Ours: each trajectory’s advantage on the tokens of all its rounds; eight questions, one way on from each response.',
    settings: { train_rounds: 'every', questions: 8, trajectories: 1, later_temperature: 1, later_top_p: 1, later_policy: 'current' },
  },
]
