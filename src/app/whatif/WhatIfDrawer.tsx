/**
 * The drawer “What if”: the shown step's completions under another reward. Graders, weights and scales are edited beside it, rewards by
 * hand in its rows; nothing is run, and only “use this” touches the form.
 */
import './whatif.css'
import { Button, UnstyledButton } from '@mantine/core'
import { useContext, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { algorithms } from '../../rl/index'
import type { RunSpec } from '../../runs/spec'
import { useAnswer } from '../group/answer'
import { QuestionChooser, StepChooser } from '../group/Choosers'
import { PageContext, useSelect, useStoreApi } from '../context'
import { read, toDraft, type Draft } from '../draft'
import { FieldInput } from '../settings/Field'
import { Graders } from '../settings/Graders'
import { shownReport } from '../group/ranking'
import { fieldsOf } from '../settings/schemaFields'
import { firstRow, updatesOf } from '../tokens/batch'
import { ruleOf } from '../tokens/rule'
import { UpdateChooser } from '../tokens/UpdateChooser'
import { Attempts } from './Attempts'
import { changedPaths, editedSpec, editOf, REWARD_SETTINGS, takeOver, type Edit } from './edit'
import { gradeStep } from './grading'
import { sideBySide } from './losses'
import { compares, outcomeOf, rankedOrder, type ByHand } from './outcome'
import { Sides } from './Sides'
import { outcomeWords } from './words'
import { later, say } from '../words/say'

export function WhatIfDrawer() {
  const spec = useSelect((page) => page.spec)
  const sampled = useSelect((page) => page.reports.some(({ groups }) => groups.length > 0))
  if (!spec || !sampled)
    return <Before words={say`When a step has been sampled, its completions can be rewarded otherwise here: what would that have
      changed?`} />
  if (!compares(spec.algorithm))
    return <Before words={say`This method compares no rewards: it imitates, so there is nothing that another reward would change.`} />
  return <Editor spec={spec} />
}

const Before = ({ words }: { words: string }) => <div className="drawer-body"><p className="quiet">{words}</p></div>

function Editor({ spec }: { spec: RunSpec }) {
  const page = useContext(PageContext)!
  const store = useStoreApi()
  const reports = useSelect((state) => state.reports)
  const shown = useSelect((state) => state.shown)
  const kept = useSelect((state) => state.kept)
  const edit = editOf(spec)
  const edited = useStore(edit.page, (state) => state.draft)
  const report = shownReport(reports, shown.step)!
  const question = Math.min(shown.question, report.groups.length - 1)
  const hand = useStore(edit.hand, (state) => state[report.step] ?? NONE)
  const parsed = useMemo(() => attempt(() => editedSpec(spec, edited)), [spec, edited])
  const next = parsed.value
  const key = next && `${kept ?? ''} ${report.step} ${JSON.stringify(next.graders)}`
  const graded = useAnswer(key, () => gradeStep(report, next!.graders, spec.graders, next!.algorithm))
  const scores = graded.value
  const outcome = useMemo(
    () => attempt(() => (scores && next && compares(next.algorithm) ? outcomeOf(report, scores, hand, next.algorithm) : undefined)),
    [scores, next, report, hand],
  )
  const group = report.groups[question]!
  const updates = useMemo(() => updatesOf(reports, report), [reports, report])
  const [chosen, choose] = useState<{ step: number; update: number }>()
  const update = chosen?.step === report.step ? Math.min(chosen.update, updates.length - 1) : updates.length - 1
  const tokens = updates[update]?.tokens
  const sides = useMemo(() => {
    if (!outcome.value || !tokens) return undefined
    const order = rankedOrder(outcome.value.groups[question]!).map(({ place }) => place)
    return sideBySide(tokens, ruleOf(spec.algorithm), outcome.value.advantages, firstRow(report.groups, question), group.completions.length)
      .map((side) => ({ ...side, pull: order.map((place) => side.pull[place]!) }))
  }, [outcome, report, tokens, spec, question, group])
  const trouble = parsed.error ?? graded.error ?? outcome.error
  const set = (change: (hand: ByHand) => ByHand): void => {
    edit.hand.setState((all) => ({ ...all, [report.step]: change(all[report.step] ?? NONE) }))
  }
  const use = (): void => {
    store.setState(({ draft }) => ({ draft: takeOver(draft, spec, edit.page.getState().draft), complaint: undefined }))
  }
  const at = question * group.completions.length
  return (
    <div className="drawer-body">
      <div className="drawer-head whatif-head">
        <p className="drawer-words" role="status">
          <b>{say`Step ${report.step}:`}</b> {outcome.value ? outcomeWords(outcome.value, question) : graded.asking
            ? say`being graded anew …` : ''}
        </p>
        <StepChooser step={report.step} />
      </div>
      <QuestionChooser groups={report.groups} question={question} />
      <div className="whatif">
        <PageContext.Provider value={{ ...page, store: edit.page }}>
          <Reward spec={spec} edit={edit} set={set} byHand={Object.keys(hand).length} />
        </PageContext.Provider>
        <div className="whatif-after">
          {trouble && <p className="note bad" role="alert">{trouble.message}</p>}
          {outcome.value && (
            <Attempts group={group} samples={outcome.value.groups[question]!} hand={hand} at={at}
              give={(place, reward) => { set((old) => ({ ...old, [at + place]: reward })) }}
              forget={(place) => { set((old) => Object.fromEntries(Object.entries(old).filter(([b]) => Number(b) !== at + place))) }} />
          )}
          {sides
            ? (
              <>
                <Sides sides={sides} />
                {updates.length > 1
                  ? <UpdateChooser of={updates.length} update={update} words={say.of(update === 0 ? FIRST : LATER)}
                      choose={(n) => { choose({ step: report.step, update: n }) }} />
                  : <p className="quiet small-print">{say.of(FIRST)}</p>}
              </>
            )
            : outcome.value && <p className="quiet small-print">{say.of(FORGOTTEN)}</p>}
        </div>
      </div>
      <UseThis spec={spec} edit={edit} byHand={Object.keys(hand).length} use={use} />
    </div>
  )
}

const FIRST = later`At the first update of a batch every ratio is 1: the types differ in what a token weighs, and the clip does nothing
  yet.`
const LATER = later`Ratios have left 1: what each type does to those that went too far is to be seen here.`
const FORGOTTEN = later`This step’s tokens are no longer held, so its losses cannot be computed again; take a later step.`
const NONE: ByHand = {}

function attempt<T>(make: () => T): { value?: T; error?: Error } {
  try {
    return { value: make() }
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Graders, weights and what advantages are made by; the form's own fields, on a draft of their own. */
function Reward({ spec, edit, set, byHand }: {
  spec: RunSpec
  edit: Edit
  set: (change: (hand: ByHand) => ByHand) => void
  byHand: number
}) {
  const edited = useSelect((page) => page.draft)
  const fields = fieldsOf(algorithms[spec.algorithm.name].settings, 'algorithm')
    .filter(({ path }) => REWARD_SETTINGS.includes(path.slice('algorithm.'.length)) && tells(path, edited))
  const changed = changedPaths(spec, edited).length > 0 || byHand > 0
  const reset = (): void => {
    edit.page.setState({ draft: toDraft(spec) })
    set(() => NONE)
  }
  return (
    <div className="whatif-reward fields" role="group" aria-label={say`Another reward`}>
      <Graders disabled={false} />
      {fields.map((field) => <FieldInput key={field.path} field={field} disabled={false} />)}
      <p className="small-print">
        {changed
          ? <UnstyledButton className="why" onClick={reset}>{say`as the run has it`}</UnstyledButton>
          : <span className="quiet">{say`This is the run’s own reward: change something.`}</span>}
      </p>
    </div>
  )
}

/** Some settings do something only beside another. */
function tells(path: string, draft: Draft): boolean {
  if (path === 'algorithm.overlong_penalty') return Number(read(draft, 'algorithm.overlong_cache_length')) > 0
  return path !== 'algorithm.multi_objective_aggregation' || (read(draft, 'graders') as unknown[]).length > 1
}

function UseThis({ spec, edit, byHand, use }: { spec: RunSpec; edit: Edit; byHand: number; use: () => void }) {
  const edited = useStore(edit.page, (state) => state.draft)
  const form = useSelect((page) => page.draft)
  const changed = changedPaths(spec, edited)
  const taken = changed.length > 0 && JSON.stringify(takeOver(form, spec, edited)) === JSON.stringify(form)
  return (
    <div className="whatif-use">
      <Button size="compact-md" variant="default" disabled={changed.length === 0 || taken} onClick={use}>{say`Use this reward`}</Button>
      <span className="quiet small-print">
        {taken
          ? say`The form has it; it counts from the next run on.`
          : changed.length > 0
            ? say`Puts ${changed.join(', ')} into the form; the run that is on goes on as it is.`
            : say`Nothing to take over yet.`}
        {byHand === 1 && say` The reward that was set by hand stays here: no grader would give it.`}
        {byHand > 1 && say` The ${byHand} rewards that were set by hand stay here: no grader would give them.`}
      </span>
    </div>
  )
}
