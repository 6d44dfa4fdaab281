/** Which group is shown: the step, and the question within it. The group's column and the tree share one choice. */
import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core'
import type { GroupRecord } from '../../rl/report'
import { useSelect, useStoreApi } from '../context'
import { fixed } from '../format'
import { neighbour, rank } from './ranking'
import { Icon } from '../Icon'
import { say } from '../words/say'

/** The steps that have groups, one after the other; `latest` follows the run. */
export function StepChooser({ step }: { step: number }) {
  const store = useStoreApi()
  const reports = useSelect((page) => page.reports)
  const following = useSelect((page) => page.shown.step === 'latest')
  const go = (to: number | 'latest'): void => { store.setState(({ shown }) => ({ shown: { ...shown, step: to } })) }
  const before = neighbour(reports, step, -1)
  const after = neighbour(reports, step, 1)
  const last = after === undefined ? undefined : neighbour(reports, after, 1)
  return (
    <div className="chooser" role="group" aria-label={say`Step`}>
      {!following && <UnstyledButton className="why" onClick={() => { go('latest') }}>{say`latest`}</UnstyledButton>}
      <Tooltip label={say`The step before`}>
        <ActionIcon variant="subtle" size={26} aria-label={say`The step before`} disabled={before === undefined}
          onClick={() => { if (before !== undefined) go(before) }}>
          <Icon name="back" size={14} />
        </ActionIcon>
      </Tooltip>
      <span className="tabular">{say`step ${step}`}</span>
      <Tooltip label={say`The step after`}>
        <ActionIcon variant="subtle" size={26} aria-label={say`The step after`} disabled={after === undefined}
          onClick={() => { if (after !== undefined) go(last === undefined ? 'latest' : after) }}>
          <Icon name="forth" size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

/** One button a question, where there are several; the line under its number is as long as its mean reward. */
export function QuestionChooser({ groups, question }: { groups: GroupRecord[]; question: number }) {
  const store = useStoreApi()
  if (groups.length < 2) return null
  return (
    <div className="questions" role="group" aria-label={say`Question`}>
      <span className="label">{say`question`}</span>
      {groups.map((group, i) => {
        const { mean, silent } = rank(group)
        const words = say`Question ${i + 1}: mean reward ${fixed(mean)}` + (silent ? say`, a silent group` : '')
        return (
          <Tooltip key={i} label={words}>
            <UnstyledButton className="question" aria-label={words} aria-pressed={i === question} data-silent={silent || undefined}
              onClick={() => { store.setState(({ shown }) => ({ shown: { ...shown, question: i } })) }}>
              {i + 1}
              <i style={{ transform: `scaleX(${Math.min(1, Math.max(0, mean))})` }} />
            </UnstyledButton>
          </Tooltip>
        )
      })}
    </div>
  )
}
