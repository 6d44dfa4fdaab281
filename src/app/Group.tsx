/** The right column: one question's completions, ranked as the last step judged them, and below them those that are being written. */
import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core'
import { useMemo } from 'react'
import type { GroupRecord } from '../rl/report'
import { useSelect, useStoreApi } from './context'
import { firstQuestion } from './question'
import { read } from './draft'
import { fixed } from './format'
import { inWords, neighbour, rank, shownReport } from './group'
import { Icon } from './Icon'
import { LiveRows } from './LiveRows'
import { RankedRows } from './RankedRows'

export function Group() {
  const reports = useSelect((page) => page.reports)
  const live = useSelect((page) => page.live)
  const shown = useSelect((page) => page.shown)
  const draft = useSelect((page) => page.draft)
  const report = shownReport(reports, shown.step)
  const question = Math.min(shown.question, Math.max(report?.groups.length ?? 0, live[0]?.questions ?? 0, 1) - 1)
  const group = report?.groups[Math.min(question, report.groups.length - 1)]
  const writing = live.find((one) => one.question === question) ?? live[0]
  const size = group?.completions.length ?? writing?.completions.length ?? Number(read(draft, 'algorithm.num_generations') ?? 0)
  const none = !group && !writing
  const method = read(draft, 'algorithm.name')
  return (
    <section className="group" aria-labelledby="group">
      <div className="group-head">
        <h2 id="group">{method === 'sft' ? 'A question and its solution' : `The group: one question, ${inWords(size)} attempts`}</h2>
        {report && <StepChooser step={report.step} />}
      </div>
      {none && <Before />}
      {report && report.groups.length > 1 && <QuestionChooser groups={report.groups} question={question} />}
      {group && (
        <>
          <Question prompt={group.prompt} solution={group.solution} />
          <RankedRows ranked={rank(group)} />
        </>
      )}
      {writing && shown.step === 'latest' && (
        <div className="writing">
          <h3>Step {writing.step}, being written now</h3>
          <Question prompt={writing.prompt} />
          <LiveRows completions={writing.completions} />
        </div>
      )}
    </section>
  )
}

/** Before a run: the first question that it will ask, so that one sees what the task is. */
function Before() {
  const draft = useSelect((page) => page.draft)
  const first = useMemo(() => firstQuestion(draft), [draft])
  return (
    <>
      {first && <Question prompt={first.prompt} solution={first.solution} />}
      <p className="quiet">{emptyWords(read(draft, 'algorithm.name'))}</p>
    </>
  )
}

function emptyWords(method: unknown): string {
  return method === 'sft'
    ? 'This is the first question with the solution that the model will be shown. SFT writes no attempts of its own, so there is ' +
        'nothing to rank here.'
    : 'This is the first question. The model’s attempts at it will appear here as they are written; then they are ranked by reward, ' +
        'and what lies above the group’s mean is made more likely.'
}

function Question({ prompt, solution }: { prompt: string; solution?: string }) {
  return (
    <div className="prompt">
      <span>{prompt}</span>
      {solution !== undefined && <span className="solution"><span className="label">a solution</span> {solution}</span>}
    </div>
  )
}

function StepChooser({ step }: { step: number }) {
  const store = useStoreApi()
  const reports = useSelect((page) => page.reports)
  const following = useSelect((page) => page.shown.step === 'latest')
  const go = (to: number | 'latest'): void => { store.setState(({ shown }) => ({ shown: { ...shown, step: to } })) }
  const before = neighbour(reports, step, -1)
  const after = neighbour(reports, step, 1)
  const last = after === undefined ? undefined : neighbour(reports, after, 1)
  return (
    <div className="chooser" role="group" aria-label="Step">
      {!following && <UnstyledButton className="why" onClick={() => { go('latest') }}>latest</UnstyledButton>}
      <Tooltip label="The step before">
        <ActionIcon variant="subtle" size={26} aria-label="The step before" disabled={before === undefined}
          onClick={() => { if (before !== undefined) go(before) }}>
          <Icon name="back" size={14} />
        </ActionIcon>
      </Tooltip>
      <span className="tabular">step {step}</span>
      <Tooltip label="The step after">
        <ActionIcon variant="subtle" size={26} aria-label="The step after" disabled={after === undefined}
          onClick={() => { if (after !== undefined) go(last === undefined ? 'latest' : after) }}>
          <Icon name="forth" size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

/** One button a question; the line under its number is as long as its mean reward. */
function QuestionChooser({ groups, question }: { groups: GroupRecord[]; question: number }) {
  const store = useStoreApi()
  return (
    <div className="questions" role="group" aria-label="Question">
      <span className="label">question</span>
      {groups.map((group, i) => {
        const { mean, silent } = rank(group)
        const words = `Question ${i + 1}: mean reward ${fixed(mean)}${silent ? ', a silent group' : ''}`
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
