/** The chosen node beside the tree: its figures, what it was asked, what it wrote and what it hands over. */
import { Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { fixed, signed } from '../format'
import { nodeTitle, successWords } from './nodeWords'
import { advantageSource, rewardSource, shareSource, successSource, trainedSource, wayAdvantageSource, type Rules } from '../models/sources'
import { rightOf, roundAt, type Place, type ResponseView, type RoundView, type TreeView, type WayView } from './tree'
import { say } from '../words/say'

export function NodePanel({ view, place, rules, close }: { view: TreeView; place: Place; rules: Rules; close: () => void }) {
  const round = roundAt(view, place)
  const response = 'response' in place ? view.responses[place.response] : undefined
  const way = 'way' in place ? response?.ways[place.way] : undefined
  const trained = round && (rules.every || place.round === 1)
  return (
    <section className="panel" aria-label={say`The chosen node`}>
      <div className="group-head">
        <h3>{nodeTitle(view, place)}</h3>
        <UnstyledButton className="why" onClick={close}>{say`close`}</UnstyledButton>
      </div>
      {way ? <WayFigures way={way} rules={rules} /> : response && <ResponseFigures response={response} rules={rules} />}
      {round
        ? (
          <>
            <Passage label={say`asked`} text={round.prompt} absent={say`shown when the step has ended`} />
            <Passage label={trained ? say`wrote, and these tokens are trained` : say`wrote, not trained`}
              hint={trainedSource(place.round, rules.every)}
              text={round.text} absent={round.state === 'waiting' ? say`nothing yet` : say`(nothing)`} writing={round.state === 'writing'}
              end={round.cut ? <span className="cut">{say`cut off`}</span> : undefined} />
            <Passage label={noteLabel(round, place.round === view.shape.rounds)} text={round.note} strong id="note"
              hint={say`All that the next round will see of this one.`} absent={say`known when the step has ended`} />
          </>
        )
        : (
          <>
            <Passage label={say`the problem`} text={view.prompt} absent={say`known when the run begins`} />
            {view.solution !== undefined && <Passage label={say`a solution`} text={view.solution} />}
          </>
        )}
    </section>
  )
}

/** A round that leaves nothing hands over what the settings say: the note before it, or all of its text. */
function noteLabel({ left }: RoundView, last: boolean): string {
  if (left === false) return last ? say`left no note` : say`left no note; what goes on in its place`
  return last ? say`its note at the end` : say`hands over`
}

function ResponseFigures({ response, rules }: { response: ResponseView; rules: Rules }) {
  if (response.reward === undefined) return null
  const right = rightOf(response.ways)
  return (
    <dl className="figures">
      <Figure name={say`reward`} value={fixed(response.reward)} source={rewardSource(response, rules)} />
      <Figure name={say`advantage`} value={signed(response.advantage ?? NaN)} source={advantageSource(response, rules)} />
      <Figure name={say`ways right`} value={say`${right} of ${response.ways.length}`} source={shareSource(response, right)} />
    </dl>
  )
}

function WayFigures({ way, rules }: { way: WayView; rules: Rules }) {
  if (way.success === undefined) return null
  return (
    <dl className="figures">
      <Figure name={say`this way`} value={successWords(way.success)} source={successSource(way, rules)} />
      {Object.entries(way.scores ?? {}).map(([name, score]) =>
        <Figure key={name} name={name} value={score === null ? '–' : fixed(score)}
          source={say`What the grader ${name} gave its last round.`} />)}
      {way.advantage !== undefined && <Figure name={say`advantage`} value={signed(way.advantage)}
        source={wayAdvantageSource(way, rules)} />}
    </dl>
  )
}

function Figure({ name, value, source }: { name: string; value: string; source: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <Tooltip label={source} events={{ hover: true, focus: true, touch: true }}>
        <dd tabIndex={0} aria-description={source}>{value}</dd>
      </Tooltip>
    </div>
  )
}

function Passage({ label, text, absent, hint, strong, id, writing, end }: {
  label: string
  text: string | undefined
  /** Said where there is no text. */
  absent?: string
  hint?: string
  strong?: boolean
  /** For tests; the label's beginning when left out. */
  id?: string
  writing?: boolean
  end?: ReactNode
}) {
  const known = text !== undefined && text !== ''
  return (
    <div className="passage">
      <div className="label" title={hint}>{label}</div>
      <div className="passage-text" data-strong={strong} data-testid={`node ${id ?? label.split(',')[0]}`}>
        {known ? text : <span className="passage-absent">{absent}</span>}
        {writing && <span className="caret" aria-hidden="true" />}
        {end}
      </div>
    </div>
  )
}
