/** Completions from the best to the worst: reward, advantage as a bar and as a signed number, text; the group's mean between them. */
import { memo, type ReactNode } from 'react'
import type { CompletionRecord } from '../../rl/report'
import { fixed, signed } from '../format'
import type { Ranked } from '../group/ranking'
import { Pieces, type Coloured } from './Pieces'
import type { TokenView } from './look'
import type { Shade } from './shades'
import { say } from '../words/say'

export interface Looks {
  /** Of each completion in the order of the record, [G][T]. */
  rows: readonly TokenView[][]
  shade: Shade
  reach: number
}

/** @param aside stands beside the mean's words, such as the question why a group is silent */
export function RankedRows({ ranked, looks, chosen, aside }: {
  ranked: Ranked
  looks?: Looks | undefined
  /** The row as it is ranked, and the token in it. */
  chosen?: { row: number; token: number } | undefined
  aside?: ReactNode
}) {
  const { completions, places, above, reach } = ranked
  const rows = completions.map((completion, i) => (
    <Row key={i} at={i} completion={completion} advantages={reach} tokens={looks?.rows[places[i]!]} shade={looks?.shade}
      reach={looks?.reach ?? 0} chosen={chosen?.row === i ? chosen.token : undefined} />
  ))
  return (
    <ol className="rows" aria-label={say`Completions, ranked by reward`}>
      {rows.slice(0, above)}
      <li className="mean"><span>{meanWords(ranked)}</span>{aside}</li>
      {rows.slice(above)}
    </ol>
  )
}

function meanWords({ mean, silent }: Ranked): string {
  return silent
    ? say`all earned ${fixed(mean)}: a silent group, nothing to learn from here`
    : say`mean reward ${fixed(mean)}: above it the model is pushed towards, below it away`
}

const Row = memo(function Row({ at, completion, advantages, tokens, shade, reach, chosen }: {
  at: number
  completion: CompletionRecord
  /** The largest |advantage| of the group. */
  advantages: number
  tokens: readonly TokenView[] | undefined
  shade: Shade | undefined
  reach: number
  chosen: number | undefined
}) {
  const { reward, advantage, scores, finish, pieces } = completion
  const way = advantage > 0 ? 'up' : advantage < 0 ? 'down' : undefined
  const share = advantages > 0 ? Math.abs(advantage) / advantages : 0
  const parts = Object.entries(scores)
  const coloured: Coloured | undefined = tokens && shade && tokens.length === pieces.length ? { tokens, shade, reach } : undefined
  return (
    <li className="row" data-way={way} data-row={at}>
      <span className="reward"><span className="hidden">{say`reward `}</span>{fixed(reward)}</span>
      <span className="bar" aria-hidden="true"><i style={{ width: `${share * 46}%` }} /></span>
      <span className="advantage"><span className="hidden">{say`advantage `}</span>{signed(advantage)}</span>
      <span>
        <Pieces pieces={pieces} strength={share} cut={finish === 'length'} coloured={coloured} chosen={chosen}
          label={say`Tokens of attempt ${at + 1}`} />
        {parts.length > 1 && <span className="scores">
          {parts.map(([name, score]) => `${name} ${score === null ? '–' : fixed(score)}`).join(' · ')}</span>}
      </span>
    </li>
  )
})
