/** Completions from the best to the worst: reward, advantage as a bar and as a signed number, text; the group's mean between them. */
import type { CompletionRecord } from '../rl/report'
import { fixed, signed } from './format'
import type { Ranked } from './ranking'
import { Pieces } from './Pieces'

export function RankedRows({ ranked }: { ranked: Ranked }) {
  const { completions, above, reach } = ranked
  const rows = completions.map((completion, i) => <Row key={i} completion={completion} reach={reach} />)
  return (
    <ol className="rows" aria-label="Completions, ranked by reward">
      {rows.slice(0, above)}
      <li className="mean"><span>{meanWords(ranked)}</span></li>
      {rows.slice(above)}
    </ol>
  )
}

function meanWords({ mean, silent }: Ranked): string {
  return silent
    ? `all earned ${fixed(mean)}: a silent group, nothing to learn from here`
    : `mean reward ${fixed(mean)}: above it the model is pushed towards, below it away`
}

function Row({ completion, reach }: { completion: CompletionRecord; reach: number }) {
  const { reward, advantage, scores, finish } = completion
  const way = advantage > 0 ? 'up' : advantage < 0 ? 'down' : undefined
  const share = reach > 0 ? Math.abs(advantage) / reach : 0
  const parts = Object.entries(scores)
  return (
    <li className="row" data-way={way}>
      <span className="reward"><span className="hidden">reward </span>{fixed(reward)}</span>
      <span className="bar" aria-hidden="true"><i style={{ width: `${share * 46}%` }} /></span>
      <span className="advantage"><span className="hidden">advantage </span>{signed(advantage)}</span>
      <span>
        <Pieces pieces={completion.pieces} strength={share} cut={finish === 'length'} />
        {parts.length > 1 && <span className="scores">
          {parts.map(([name, score]) => `${name} ${score === null ? '–' : fixed(score)}`).join(' · ')}</span>}
      </span>
    </li>
  )
}
