/** One prompt, two answers: the model without its adapter, and as the run has made it; what only one of them wrote is marked. */
import './beside.css'
import { Button, NumberInput, Textarea } from '@mantine/core'
import { useMemo, useState } from 'react'
import { ask, unlike, type Reply } from '../../rl/chat'
import { useSelect, useSettings } from '../context'
import { firstQuestion } from '../question'
import { useAside } from './useAside'
import { say } from '../words/say'

const LENGTH = 128

interface Side {
  pieces: string[]
  finish?: Reply['finish']
}

export function ChatDrawer() {
  const draft = useSettings()
  const step = useSelect((page) => page.reports.at(-1)?.step ?? 0)
  const absent = useSelect((page) => page.device.state !== 'ready')
  const first = useMemo(() => firstQuestion(draft)?.prompt ?? '', [draft])
  const [typed, setTyped] = useState<string>()
  const [temperature, setTemperature] = useState(0)
  const [attempt, setAttempt] = useState(0)
  const [before, setBefore] = useState<Side>()
  const [after, setAfter] = useState<Side & { step: number }>()
  const aside = useAside()
  const text = typed ?? first
  const send = (attempt: number): void => {
    setAttempt(attempt)
    setBefore(undefined)
    setAfter(undefined)
    void aside.ask(async (context, signal) => {
      const asked = { text, maxTokens: LENGTH, temperature, attempt, signal }
      setBefore({ pieces: [] })
      setBefore(await ask(context, { ...asked, adapter: 'off' }, (pieces) => { setBefore({ pieces }) }))
      setAfter({ pieces: [], step })
      const reply = await ask(context, { ...asked, adapter: 'current' }, (pieces) => { setAfter({ pieces, step }) })
      setAfter({ ...reply, step })
    })
  }
  return (
    <div className="drawer-body chat">
      <Textarea label={say`Prompt`} classNames={{ label: 'field-label', input: 'prompt-input' }} autosize minRows={2} maxRows={8}
        value={text}
        onChange={({ currentTarget }) => { setTyped(currentTarget.value) }} />
      <div className="chat-buttons">
        <Button size="compact-md" disabled={absent || aside.busy || text.trim() === ''} onClick={() => { send(0) }}>{say`Ask both`}</Button>
        {aside.busy && <Button size="compact-md" variant="default" onClick={aside.stop}>{say`Stop`}</Button>}
        {after?.finish && temperature > 0 && !aside.busy &&
          <Button size="compact-md" variant="default" onClick={() => { send(attempt + 1) }}>{say`Another try`}</Button>}
        <NumberInput size="xs" label={say`Temperature`} classNames={{ label: 'field-label' }} value={temperature} min={0} max={3} step={0.1}
          onChange={(value) => { if (typeof value === 'number') setTemperature(value) }} />
      </div>
      {aside.problem !== undefined && <p className="note bad" role="alert">{aside.problem}</p>}
      <div className="chat-sides" aria-live="polite">
        <Answer title={say`Before: without the adapter`} side={before} other={after} busy={aside.busy} />
        <Answer title={after ? say`After step ${after.step}` : say`After: as it is now`} side={after} other={before} busy={aside.busy} />
      </div>
    </div>
  )
}

function Answer({ title, side, other, busy }: { title: string; side: Side | undefined; other: Side | undefined; busy: boolean }) {
  const marks = side?.finish && other?.finish ? unlike(side.pieces, other.pieces) : undefined
  return (
    <section className="chat-side" aria-label={title}>
      <h3>{title}</h3>
      <p className="chat-text">
        {side?.pieces.map((piece, i) => (marks?.[i] && piece !== '' ? <mark key={i}>{piece}</mark> : <span key={i}>{piece}</span>))}
        {side && !side.finish && busy && <span className="caret" aria-hidden="true" />}
        {!side && <span className="quiet">–</span>}
      </p>
      {side?.finish && (
        <p className="label">
          {side.finish === 'length' ? say`${side.pieces.length} tokens, cut off` : say`${side.pieces.length} tokens`}
          {marks && say`, ${marks.filter(Boolean).length} of them unlike the other answer’s`}
        </p>
      )}
    </section>
  )
}
