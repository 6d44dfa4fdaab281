/**
 * The completions of the shown group, ranked, with all that the step's record knows of their tokens: coloured by what the reader chooses,
 * update by update where a batch is learnt from several times. A token that is pointed at opens its card; a click holds it.
 */
import './tokens.css'
import { useMemo, useState, type KeyboardEvent, type ReactNode, type SyntheticEvent } from 'react'
import type { GroupRecord, StepReport, TokenRecord } from '../../rl/report'
import { rank } from '../group/ranking'
import { firstRow, updatesOf } from './batch'
import { cardOf } from './card'
import { lookAt, type TokenView } from './look'
import { RankedRows } from './RankedRows'
import type { Rule } from './rule'
import { Legend, ShadeChooser } from './ShadeChooser'
import { reachOf, shadesOf, type ShadeName } from './shades'
import { TokenCard } from './TokenCard'
import { UpdateChooser } from './UpdateChooser'
import { updateWords } from './updates'
import { say } from '../words/say'

/** Of which group, and where in it as it is ranked. */
interface Pointed {
  of: string
  row: number
  token: number
  held: boolean
}

export function Completions({ reports, report, question, rule, hold, aside }: {
  reports: readonly StepReport[]
  /** The step whose group is shown, and which of its groups. */
  report: StepReport
  question: number
  rule: Rule | undefined
  /** Keeps this step on the screen while the run goes on. */
  hold: () => void
  aside?: ReactNode
}) {
  const group = report.groups[question]!
  const of = `${report.step} ${question}`
  const [wanted, setShade] = useState<ShadeName>('advantage')
  const [chosen, setUpdate] = useState({ step: report.step, number: 0 })
  const [pointed, point] = useState<Pointed>()
  const ranked = useMemo(() => rank(group), [group])
  const updates = useMemo(() => updatesOf(reports, report), [reports, report])
  const update = chosen.step === report.step ? Math.min(chosen.number, Math.max(0, updates.length - 1)) : 0
  const tokens = updates[update]?.tokens
  const rows = useMemo(
    () => (tokens && rule && rule.of !== 'none' ? tokenRows(tokens, rule, report.groups, question) : undefined),
    [tokens, rule, report, question],
  )
  const shades = rows && shadesOf(rows)
  const shade = shades?.find(({ name }) => name === wanted) ?? shades?.[0]
  const reach = useMemo(() => (rows && shade ? reachOf(rows, shade) : 0), [rows, shade])
  const at = pointed?.of === of && rows?.[ranked.places[pointed.row] ?? -1]?.[pointed.token] ? pointed : undefined
  const token = at && rows![ranked.places[at.row]!]![at.token]!

  const placeOf = ({ target }: SyntheticEvent): { row: number; token: number } | undefined => {
    const piece = (target as HTMLElement).closest<HTMLElement>('[data-at]')
    const row = piece?.closest<HTMLElement>('[data-row]')
    return row && piece ? { row: Number(row.dataset.row), token: Number(piece.dataset.at) } : undefined
  }
  const glance = (event: SyntheticEvent): void => {
    const place = placeOf(event)
    if (place && !at?.held && (at?.row !== place.row || at.token !== place.token)) point({ of, ...place, held: false })
  }
  const take = (event: SyntheticEvent): void => {
    const place = placeOf(event)
    if (!place) return
    const same = at?.held && at.row === place.row && at.token === place.token
    point({ of, ...place, held: !same })
    if (!same) hold()
  }
  const keys = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Escape') { point(undefined); return }
    const place = placeOf(event)
    if (!place) return
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); event.stopPropagation(); take(event); return }
    const move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key]
    if (!move) return
    event.preventDefault()
    event.stopPropagation()
    const row = place.row + move[0]!
    const length = rows?.[ranked.places[row] ?? -1]?.length ?? 0
    const next = Math.min(place.token + move[1]!, length - 1)
    event.currentTarget.querySelector<HTMLElement>(`[data-row="${row}"] [data-at="${next}"]`)?.focus()
    if (length > 0 && next >= 0) point({ of, row, token: next, held: at?.held ?? false })
  }
  return (
    <>
      {rows && shade && (
        <div className="shade-head">
          <ShadeChooser shades={shades!} shade={shade} choose={({ name }) => { setShade(name) }} />
          <Legend shade={shade} reach={reach} count={rows.flat().filter(({ held }) => held).length} of={rows.flat().length} />
        </div>
      )}
      {rows && updates.length > 1 && (
        <UpdateChooser of={updates.length} update={update} words={updateWords(rows, update, updates.length)}
          choose={(number) => { setUpdate({ step: report.step, number }) }} />
      )}
      <div onPointerOver={glance} onFocus={glance} onClick={take} onKeyDown={keys}>
        <RankedRows ranked={ranked} looks={rows && shade && { rows, shade, reach }} chosen={at} aside={aside} />
      </div>
      {rule?.of === 'none' && <p className="quiet small-print">{rule.words}</p>}
      {rows && !at && <p className="quiet small-print token-hint">{say`Point at a token: its loss, with its own numbers.`}</p>}
      {token && rule && rule.of !== 'none' && (
        <TokenCard piece={ranked.completions[at.row]!.pieces[at.token]!} held={at.held} close={() => { point(undefined) }}
          card={cardOf(token, { attempt: at.row, token: at.token }, rule, rows!)} />
      )}
    </>
  )
}

type Loss = Exclude<Rule, { of: 'none' }>

/** Of the completions of one group, [G][T]. */
function tokenRows(tokens: TokenRecord, rule: Loss, groups: GroupRecord[], question: number): TokenView[][] {
  const first = firstRow(groups, question)
  return lookAt(tokens, rule).slice(first, first + groups[question]!.completions.length)
}
