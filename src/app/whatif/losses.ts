/** The same tokens under every loss type: what of the loss is this group's, and how each token is pulled. */
import { LOSS_TYPES, clips, type LossType } from '../../rl/math/losses'
import { objectiveSettings, type Objective } from '../../rl/objective-settings'
import { recordedTokens } from '../../rl/recorded'
import type { TokenRecord } from '../../rl/report'
import { z } from 'zod'
import type { Rule } from '../tokens/rule'

export type Type = LossType | 'rloo'

export interface Side {
  type: Type
  /** The run's own. */
  own: boolean
  /** The group's part of the step's loss. */
  loss: number
  /** −d(loss) / d(log π) of the group's tokens, [G][T]: positive where a token is made likelier. */
  pull: number[][]
}

/** CISPO's bound in its paper: the clip's ε would cut every ratio. */
const CISPO = 5

/** @param first the group's first row of the record, and how many rows it has; `advantages` are those of all rows, [B] */
export function sideBySide(tokens: TokenRecord, rule: Rule, advantages: number[], first: number, rows: number): Side[] {
  const base = objectiveOf(rule)
  const all = tokens.counts.map((_, b) => advantages[b] ?? 0)
  return ([...LOSS_TYPES, 'rloo'] as const).map((type) => {
    const settings = { ...base, ...own(type, base) }
    const part = recordedTokens(tokens, settings, all).slice(first, first + rows)
    return {
      type,
      own: rule.of === 'family' && rule.settings.loss_type === type,
      loss: part.flat().reduce((sum, { share }) => sum + share, 0),
      pull: part.map((row) => row.map(({ slope }) => (slope === 0 ? 0 : -slope))),
    }
  })
}

/** The run's own settings; of another method those that the family begins with. */
function objectiveOf(rule: Rule): Objective {
  if (rule.of === 'family') return rule.settings
  const { cliprange: epsilon = 0.2, max_completion_length = 1 } = rule.of === 'ppo' ? rule.settings : {}
  return { ...z.object(objectiveSettings).parse({}), loss_type: 'dapo', temperature: 1, epsilon, max_completion_length }
}

/** What a type needs other than the run has it. */
function own(type: Type, base: Objective): Partial<Objective> {
  const byRow = base.importance_sampling_correction.startsWith('sequence')
  return {
    loss_type: type,
    ...(!clips(type) && { delta: undefined }),
    ...(type === 'cispo' && base.loss_type !== 'cispo' && { epsilon_high: CISPO }),
    ...(type === 'vespo' && byRow && { importance_sampling_correction: 'off' as const }),
  }
}
