/** GRPO's kin, each as its paper sets it; learning rate, lengths and numbers of questions stay as they are. */
import type { GrpoSettings } from './grpo'

interface Preset {
  name: string
  note: string
  settings: Partial<GrpoSettings>
}

export const PRESETS: Preset[] = [
  {
    name: 'GRPO, token mean',
    note: 'TRL’s default: every token of the step weighs the same, advantages are divided by their group’s deviation, no KL.',
    settings: { loss_type: 'dapo', epsilon: 0.2, beta: 0 },
  },
  {
    name: 'GRPO (DeepSeekMath)',
    note: 'The first paper: each completion is averaged over its own length, and a KL of weight .04 holds the policy near the reference.',
    settings: { loss_type: 'grpo', epsilon: 0.2, beta: 0.04, use_bias_correction_kl: false },
  },
  {
    name: 'Dr. GRPO',
    note: 'Without the two biases: advantages are not divided by a deviation, and every token weighs the same constant.',
    settings: { loss_type: 'dr_grpo', epsilon: 0.2, beta: 0, scale_rewards: 'none' },
  },
  {
    name: 'DAPO',
    note:
      'Ratios may rise further than they may fall (.2 / .28), tokens share one mean, groups that are all right or all wrong give way to ' +
      'fresh questions (up to five times here), and the last fifth of the length costs reward. Set overlong_cache_length with the length.',
    settings: {
      loss_type: 'dapo', epsilon: 0.2, epsilon_high: 0.28, beta: 0, max_resamples: 5, overlong_cache_length: 4, overlong_penalty: 1,
    },
  },
  {
    name: 'GSPO',
    note: 'One ratio for a whole completion, the geometric mean of its tokens’, clipped within a few ten-thousandths.',
    settings: { loss_type: 'grpo', importance_sampling_level: 'sequence', epsilon: 3e-4, epsilon_high: 4e-4, beta: 0 },
  },
  {
    name: 'CISPO',
    note: 'No token loses its gradient: the ratio is a constant weight that is cut at 5, and the log-probability itself is moved.',
    settings: { loss_type: 'cispo', epsilon: 0.2, epsilon_high: 5, beta: 0 },
  },
  {
    name: 'SAPO',
    note: 'In place of the clip a smooth gate, a little steeper where the advantage is negative.',
    settings: { loss_type: 'sapo', sapo_temperature_pos: 1, sapo_temperature_neg: 1.05, beta: 0 },
  },
  {
    name: 'VESPO',
    note: 'A completion’s log-probabilities are weighed by a gamma curve of its whole ratio, which is 1 where nothing has changed.',
    settings: { loss_type: 'vespo', beta: 0 },
  },
  {
    name: 'LUSPO',
    note: 'GSPO with each completion’s loss times its length, so that long ones are not held back.',
    settings: { loss_type: 'luspo', importance_sampling_level: 'sequence', epsilon: 3e-4, epsilon_high: 4e-4, beta: 0 },
  },
  {
    name: 'REINFORCE',
    note: 'Williams’ rule: log-probability times reward, without group, ratio or clip; one step on each batch.',
    settings: { loss_type: 'reinforce', baseline: 'none', scale_rewards: 'none', num_iterations: 1, beta: 0 },
  },
]
