/** The right column: one question's completions, ranked as the last step judged them, and below them those that are being written. */
import { UnstyledButton } from '@mantine/core'
import { useMemo } from 'react'
import { QuestionChooser, StepChooser } from './Choosers'
import { useSelect, useSettings, useStoreApi } from '../context'
import { firstQuestion } from '../question'
import { read } from '../draft'
import { inWords, shownReport } from './ranking'
import { LiveRows } from './LiveRows'
import { Steady } from './Steady'
import { Completions } from '../tokens/Completions'
import { ruleOf } from '../tokens/rule'
import { compares } from '../whatif/outcome'
import { whySilent } from '../why/silent-group'
import { Why } from '../why/Why'
import { say } from '../words/say'
import { tell } from '../words/tell'

export function Group() {
  const reports = useSelect((page) => page.reports)
  const live = useSelect((page) => page.live)
  const shown = useSelect((page) => page.shown)
  const running = useSelect((page) => page.state === 'running')
  const draft = useSettings()
  const spec = useSelect((page) => page.spec)
  const store = useStoreApi()
  const rule = useMemo(() => spec && ruleOf(spec.algorithm), [spec])
  const report = shownReport(reports, shown.step)
  const question = Math.min(shown.question, Math.max(report?.groups.length ?? 0, live[0]?.questions ?? 0, 1) - 1)
  const group = report?.groups[Math.min(question, report.groups.length - 1)]
  const writing = live.find((one) => one.question === question) ?? live[0]
  const size = group?.completions.length ?? writing?.completions.length ?? Number(read(draft, 'algorithm.num_generations') ?? 0)
  const none = !group && !writing
  const method = read(draft, 'algorithm.name')
  // A tree shows the growth of its step better than a list of its first rounds would.
  const treed = group?.completions[0]?.trajectories !== undefined
  const listed = writing && !treed && (shown.step === 'latest' || shown.step === writing.step) ? writing : undefined
  const silence = spec && group && whySilent(spec, group)
  return (
    <section className="group" aria-labelledby="group">
      <Steady fresh={!running}>
        <div className="group-head">
          <h2 id="group">{method === 'sft' ? say`A question and its solution`
            : say`The group: one question, ${inWords(size)} attempts`}</h2>
          {report && <StepChooser step={report.step} />}
        </div>
        {none && <Before />}
        {report && <QuestionChooser groups={report.groups} question={question} />}
        {report && group && (
          <>
            <Question prompt={group.prompt} solution={group.solution} />
            <Completions reports={reports} report={report} question={question} rule={rule} aside={silence && <Why {...silence} />}
              hold={() => { store.setState((page) => ({ shown: { ...page.shown, step: report.step } })) }} />
            {spec && compares(spec.algorithm) && <TryIt />}
          </>
        )}
        {listed && (
          <div className="writing">
            <h3>{say`Step ${listed.step}, being written now`}</h3>
            <Question prompt={listed.prompt} />
            <LiveRows completions={listed.completions} ended={listed.trajectories !== undefined} />
          </div>
        )}
      </Steady>
    </section>
  )
}

/** Leads to the drawer in which the shown step is rewarded otherwise. */
function TryIt() {
  const store = useStoreApi()
  const open = (): void => {
    store.setState({ drawer: 'whatif' })
    requestAnimationFrame(() => { document.getElementById('drawers')?.scrollIntoView({ behavior: 'smooth', block: 'start' }) })
  }
  return (
    <p className="try-it">
      {tell`${<b>{say`What if`}</b>} these completions had been rewarded otherwise? ${<UnstyledButton className="why" onClick={open}>
        {say`try it`}</UnstyledButton>}`}
    </p>
  )
}

/** Before a run: the first question that it will ask, so that one sees what the task is. */
function Before() {
  const draft = useSettings()
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
    ? say`This is the first question with the solution that the model will be shown. SFT writes no attempts of its own, so there is nothing
      to rank here.`
    : say`This is the first question. The model’s attempts at it will appear here as they are written; then they are ranked by reward, and
      what lies above the group’s mean is made more likely.`
}

function Question({ prompt, solution }: { prompt: string; solution?: string }) {
  return (
    <div className="prompt">
      <span>{prompt}</span>
      {solution !== undefined && <span className="solution"><span className="label">{say`a solution`}</span> {solution}</span>}
    </div>
  )
}
