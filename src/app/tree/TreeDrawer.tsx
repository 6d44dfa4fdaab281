/**
 * The drawer “MOTIF tree”: the tree of the chosen step, or of the latest one while it grows. A click on a node holds its step, so
 * that it can be read while the run goes on.
 */
import { useEffect, useMemo, useState } from 'react'
import { QuestionChooser, StepChooser } from '../group/Choosers'
import { useSelect, useSettings, useStoreApi } from '../context'
import { read, readText, type Draft } from '../draft'
import { shownReport } from '../group/ranking'
import { NodePanel } from './NodePanel'
import { firstQuestion } from '../question'
import type { Rules } from '../models/sources'
import { TreeNodes } from './TreeNodes'
import { TreeLegend } from './TreeLegend'
import { drawable, heading, roundAt, treeOf, type Place, type Shape } from './tree'
import { say } from '../words/say'

/** Milliseconds that a judged tree is to be seen before the next one grows in its place. */
const HOLD = 700

export function TreeDrawer() {
  const store = useStoreApi()
  const draft = useSettings()
  const reports = useSelect((page) => page.reports)
  const live = useSelect((page) => page.live)
  const shown = useSelect((page) => page.shown)
  const held = useHeld(reports.at(-1)?.step)
  const [chosen, setChosen] = useState<Place>()
  const rules = useMemo(() => rulesOf(draft), [draft])
  const idle = reports.length === 0 && live.length === 0
  const first = useMemo(() => (idle ? firstQuestion(draft)?.prompt : undefined), [draft, idle])
  const whole = treeOf({ reports, live, shown, held }, rules.shape, first)
  const view = drawable(whole)
  const place = chosen && (chosen.round === 0 || roundAt(view, chosen)) ? chosen : undefined
  const report = shownReport(reports, shown.step)
  const choose = (to: Place): void => {
    setChosen(to)
    if (view.step > 0) store.setState((page) => ({ shown: { ...page.shown, step: view.step } }))
  }
  const close = (): void => {
    setChosen(undefined)
    store.setState((page) => ({ shown: { ...page.shown, step: 'latest' } }))
  }
  return (
    <div className="drawer-body">
      <div className="drawer-head">
        <p className="drawer-words" data-testid="tree-words">
          <b>{view.stage === 'planned' ? say`To come:` : view.stage === 'growing' ? say`Step ${view.step}, growing:`
            : say`Step ${view.step}:`}</b>{' '}
          {heading(whole)}
          {view !== whole && say`. Drawn are the first ${view.shape.m} responses.`}
        </p>
        {report && <StepChooser step={view.step || report.step} />}
      </div>
      {report && <QuestionChooser groups={report.groups} question={Math.min(shown.question, report.groups.length - 1)} />}
      <div className="tree-and-panel" onKeyDown={({ key }) => { if (key === 'Escape') close() }}>
        <TreeNodes view={view} rules={rules} chosen={place} choose={choose} />
        {place ? <NodePanel view={view} place={place} rules={rules} close={close} /> : <TreeLegend every={rules.every} />}
      </div>
    </div>
  )
}

/** True for a moment after each step. */
function useHeld(step: number | undefined): boolean {
  const [seen, setSeen] = useState(step)
  useEffect(() => {
    const timer = setTimeout(() => { setSeen(step) }, HOLD)
    return () => { clearTimeout(timer) }
  }, [step])
  return step !== undefined && step !== seen
}

/** What the form says of the tree; while a run is on, the form holds the run's own settings. */
function rulesOf(draft: Draft): Rules {
  const size = (name: string, least: number): number => Math.max(least, Number(read(draft, `algorithm.${name}`) ?? least))
  const shape: Shape = { m: size('num_generations', 2), k: size('trajectories', 1), rounds: size('rounds', 2) }
  const graders = read(draft, 'graders')
  const weights = Array.isArray(graders) ? (graders as { name: string; weight: number }[]).map(({ name, weight }) => [name, weight] as const) : []
  return {
    shape,
    weights: Object.fromEntries(weights),
    formatWeight: Number(read(draft, 'algorithm.format_weight') ?? 0),
    scale: readText(draft, 'algorithm.scale_rewards'),
    every: read(draft, 'algorithm.train_rounds') === 'every',
  }
}
