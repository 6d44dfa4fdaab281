/** What stands on a node: the note that it hands over, and for a response its reward, its advantage and the share of its ways. */
import type { CSSProperties } from 'react'
import { fixed, signed } from '../format'
import { advantageSource, rewardSource, type Rules } from '../models/sources'
import { fateOf, roundAt, type Place, type ResponseView, type RoundView, type TreeView } from './tree'
import { say } from '../words/say'

export function NodeFace({ view, place, rules }: { view: TreeView; place: Place; rules: Rules }) {
  if (!('response' in place)) return <span className="face-question">{say`question`}</span>
  const response = view.responses[place.response]!
  const round = roundAt(view, place)!
  if (!('way' in place)) return <ResponseFace response={response} rules={rules} reach={reachOf(view)} />
  const { success } = response.ways[place.way]!
  const last = place.round === view.shape.rounds
  return (
    <>
      <i className="dot" data-last={last || undefined} data-right={fateOf(success)}
        style={{ '--part': `${100 * (success ?? 0)}%` } as CSSProperties} />
      <Brief round={round} />
    </>
  )
}

function ResponseFace({ response, rules, reach }: { response: ResponseView; rules: Rules; reach: number }) {
  const { reward, advantage = 0 } = response
  const shade = { '--shade': `${Math.round(26 * (reach > 0 ? Math.abs(advantage) / reach : 0))}%` } as CSSProperties
  return (
    <span className="face" data-way={advantage > 0 ? 'up' : advantage < 0 ? 'down' : undefined} style={shade}>
      <span className="face-line">
        <Brief round={response} />
        {reward !== undefined && <span className="brief face-text">{response.text}</span>}
      </span>
      {reward !== undefined && (
        <span className="face-figures">
          <b title={rewardSource(response, rules)}>{fixed(reward)}</b>
          <span className="face-advantage" title={advantageSource(response, rules)}>{signed(advantage)}</span>
        </span>
      )}
    </span>
  )
}

function reachOf({ responses }: TreeView): number {
  return Math.max(0, ...responses.map(({ advantage = 0 }) => Math.abs(advantage)))
}

/** The note, or while there is none the text that grows: where there is no room for all of it, what was written last is seen. */
function Brief({ round: { note, text } }: { round: RoundView }) {
  if (note !== undefined) return <span className="brief">{note}</span>
  return text === '' ? null : <span className="brief" data-tail><span>{text.slice(-80)}</span></span>
}
