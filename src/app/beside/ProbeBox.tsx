/** Before you start: a few answers of the model as it is, so that one knows whether there is something to learn from. */
import './beside.css'
import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { samplingOf } from '../../rl/rollouts'
import { probe, PROBED, type Probe } from '../../rl/probe'
import { parseSpec } from '../../runs/spec'
import { useSelect, useStoreApi } from '../context'
import { count, fixed, percent } from '../format'
import { useAside } from './useAside'
import { say } from '../words/say'

export function ProbeBox() {
  const store = useStoreApi()
  const draft = useSelect((page) => page.draft)
  const fresh = useSelect((page) => page.reports.length === 0)
  const absent = useSelect((page) => page.device.state !== 'ready')
  const [found, setFound] = useState<{ of: string; probe: Probe }>()
  const aside = useAside()
  const sampled = samplingIn(draft)
  if (!fresh || !sampled) return null
  const begin = (): void => void aside.ask(async (context) => {
    const sampling = samplingIn(store.getState().spec)!
    setFound({ of: JSON.stringify(sampling), probe: await probe(context, sampling) })
  })
  const shown = found?.of === JSON.stringify(sampled) ? found.probe : undefined
  return (
    <div className="note probe">
      <b>{say`Before you start`}</b>{' '}
      {shown ? <Found found={shown} /> : say`Is there something to learn from? `}
      {!shown && !aside.busy && (
        <UnstyledButton className="why" disabled={absent} onClick={begin}>
          {say`try ${PROBED.questions} × ${PROBED.answers} answers`}</UnstyledButton>
      )}
      {aside.busy && <span role="status">{say`asking …`}</span>}
      {aside.problem !== undefined && <p role="alert">{aside.problem}</p>}
    </div>
  )
}

function Found({ found: { passed, mixed, cut, step, first, warnings } }: { found: Probe }) {
  return (
    <span role="status">
      {say`${fixed(passed.share)} of the answers pass (${fixed(passed.low)} to ${fixed(passed.high)}); about ${percent(mixed)} of groups
        will be mixed`}
      {first < Infinity ? say`, the first after some ${count(Math.ceil(first))} tokens` : ''}
      {say`. A step writes about ${count(Math.round(step))} tokens`}
      {cut > 0.05 ? say`; ${percent(cut)} of answers are cut off` : ''}.
      {warnings.length === 0 && mixed >= 0.5 && say` There is something to learn from.`}
      {warnings.map((warning) => <span className="probe-warning" key={warning}>{warning}</span>)}
    </span>
  )
}

/** How the run of this draft would sample; undefined where it does not, or where the draft is wrong. */
function samplingIn(draft: unknown) {
  try {
    const { algorithm } = parseSpec(draft)
    if (!('num_generations' in algorithm) || !('questions' in algorithm) || !('temperature' in algorithm)) return undefined
    return { questions: algorithm.questions, ...samplingOf(algorithm) }
  } catch {
    return undefined // the form says what is wrong when play is pressed
  }
}
