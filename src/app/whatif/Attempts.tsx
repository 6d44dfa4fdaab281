/** The completions of a group as the edited reward ranks them; each can be moved or given a reward by hand. */
import { ActionIcon, NumberInput, Tooltip } from '@mantine/core'
import { useEffect, useRef, useState, type DragEvent } from 'react'
import type { GroupRecord } from '../../rl/report'
import { fixed, signed } from '../format'
import { Icon } from '../Icon'
import { between, moved, rankedOrder, spreadOf, wayOf, type ByHand, type Sample } from './outcome'
import { later, say } from '../words/say'

interface Moves {
  give: (place: number, reward: number) => void
  forget: (place: number) => void
}

export function Attempts({ group, samples, hand, at, give, forget }: Moves & {
  group: GroupRecord
  samples: Sample[]
  hand: ByHand
  /** Where the group's completions begin in the step. */
  at: number
}) {
  const list = useRef<HTMLOListElement>(null)
  const [dragged, drag] = useState<number>()
  const [focus, setFocus] = useState<{ place: number; way: 1 | -1 }>()
  const ranked = rankedOrder(samples)
  const rewards = samples.map(({ after }) => after.reward)
  const reach = Math.max(...samples.flatMap(({ before, after }) => [Math.abs(before.advantage), Math.abs(after.advantage)]))
  const mean = ranked.filter(({ after }) => wayOf(after.advantage) === 'up').length
  const move = (place: number, way: 1 | -1): void => {
    const reward = moved(rewards, place, way)
    if (reward === undefined) return
    give(place, reward)
    setFocus({ place, way })
  }
  // A row that has moved is another place in the page, and would lose the key that moved it.
  useEffect(() => {
    if (focus) list.current?.querySelector<HTMLElement>(`[data-place="${focus.place}"] [data-way="${focus.way}"]`)?.focus()
  }, [focus, samples])
  const drop = (event: DragEvent<HTMLElement>, onto: number): void => {
    event.preventDefault()
    if (dragged === undefined) return
    const { top, height } = event.currentTarget.getBoundingClientRect()
    const others = ranked.filter(({ place }) => place !== dragged)
    const index = others.findIndex(({ place }) => place === onto) + Number(event.clientY > top + height / 2)
    const [above, below] = [others[index - 1]?.after.reward, others[index]?.after.reward]
    const spread = spreadOf(rewards)
    if (onto !== dragged && above !== undefined) give(dragged, between(above, below, spread, -1))
    else if (onto !== dragged && below !== undefined) give(dragged, between(below, undefined, spread, 1))
    drag(undefined)
  }
  return (
    <>
      <div className="attempt attempt-head" aria-hidden="true">
        <span /><span>{say`reward`}</span><span /><span className="attempt-advantage">{say`advantage`}</span><span>{say`completion`}</span>
      </div>
      <ol className="attempts" ref={list} aria-label={say`Completions, ranked by the edited reward`}>
        {ranked.map((sample, i) => (
          <li key={sample.place} className="attempt" data-place={sample.place} data-dragged={dragged === sample.place || undefined}
            data-mean={i === mean && mean > 0 ? true : undefined} draggable onDragStart={() => { drag(sample.place) }}
            onDragEnd={() => { drag(undefined) }} onDragOver={(event) => { event.preventDefault() }}
            onDrop={(event) => { drop(event, sample.place) }}>
            <Ranks sample={sample} move={move} can={(way) => moved(rewards, sample.place, way) !== undefined} />
            <Reward sample={sample} set={hand[at + sample.place] !== undefined} give={give} forget={forget} />
            <Bars sample={sample} reach={reach} />
            <span className="attempt-advantage tabular">
              <span className="hidden">{say`advantage `}</span>
              <span className="quiet">{signed(sample.before.advantage)} →</span> <b>{signed(sample.after.advantage)}</b>
            </span>
            <span className="attempt-text">
              {group.completions[sample.place]!.text}
              {sample.turned && <span className="attempt-turned">{turnWords(sample)}</span>}
            </span>
          </li>
        ))}
      </ol>
    </>
  )
}

const PUSHED = { up: later`pushed towards`, down: later`pushed away`, none: later`left alone` }
const turnWords = ({ before, after }: Sample): string =>
  `${say.of(PUSHED[wayOf(before.advantage) ?? 'none'])} → ${say.of(PUSHED[wayOf(after.advantage) ?? 'none'])}`

function Ranks({ sample: { place, before, after }, can, move }: {
  sample: Sample
  can: (way: 1 | -1) => boolean
  move: (place: number, way: 1 | -1) => void
}) {
  const arrow = (way: 1 | -1) => (
    <ActionIcon variant="subtle" size={20} data-way={way} disabled={!can(way)} onClick={() => { move(place, way) }}
      aria-label={way > 0 ? say`Attempt ${place + 1}, rank ${after.rank}: up` : say`Attempt ${place + 1}, rank ${after.rank}: down`}>
      <span className="turn-up"><Icon name={way > 0 ? 'back' : 'forth'} size={11} /></span>
    </ActionIcon>
  )
  const change = before.rank === after.rank ? `${after.rank}` : `${before.rank} → ${after.rank}`
  return (
    <span className="attempt-rank">
      {arrow(1)}
      {arrow(-1)}
      <Tooltip label={before.rank === after.rank ? say`Its rank, unchanged` : say`Its rank before and now`}>
        <span className="attempt-place tabular" data-moved={before.rank !== after.rank || undefined}>{change}</span>
      </Tooltip>
    </span>
  )
}

function Reward({ sample: { place, before, after }, set, give, forget }: Moves & { sample: Sample; set: boolean }) {
  return (
    <span className="attempt-reward tabular">
      <span className="quiet">{fixed(before.reward)} →</span>
      <NumberInput size="xs" hideControls step={0.1} aria-label={say`Reward of attempt ${place + 1}`}
        value={Number.isNaN(after.reward) ? '' : Number(after.reward.toFixed(3))} classNames={{ input: 'field-input' }}
        data-set={set || undefined}
        onChange={(value) => { if (typeof value === 'number' && Math.abs(value - after.reward) > 5e-4) give(place, value) }} />
      {set && (
        <ActionIcon variant="subtle" size={18} aria-label={say`Let the graders reward attempt ${place + 1}`}
          title={say`Let the graders reward it`}
          onClick={() => { forget(place) }}>
          <Icon name="close" size={9} />
        </ActionIcon>
      )}
    </span>
  )
}

/** The advantage it had as an outline, the one it would have as a bar. */
function Bars({ sample: { before, after }, reach }: { sample: Sample; reach: number }) {
  const share = (advantage: number): number => (reach > 0 ? Math.abs(advantage) / reach : 0)
  const bar = (advantage: number) => ({ width: `${46 * share(advantage)}%`, [advantage < 0 ? 'right' : 'left']: '50%' })
  return (
    <span className="attempt-bar" aria-hidden="true">
      <i className="attempt-was" style={bar(before.advantage)} />
      <i className="attempt-is" data-way={wayOf(after.advantage)} style={bar(after.advantage)} />
    </span>
  )
}
