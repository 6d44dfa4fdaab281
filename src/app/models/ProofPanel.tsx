/** The proof of a model on this device, when it is asked for: how far it is, and then the verdict and its figures. */
import { Button, UnstyledButton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Host, Proof, ProveProgress } from '../../policy/host'
import { useHost, useSelect } from '../context'
import { percent } from '../format'
import { figuresOf, verdictOf } from './proofFigures'
import { statusOf, type Status } from '../head/status'
import type { Device } from '../store'
import { say } from '../words/say'

type State =
  | { at: 'idle'; problem?: string }
  | { at: 'work'; progress?: ProveProgress; stopping?: boolean }
  | { at: 'done'; proof: Proof }

interface Props {
  model: string
  file: string | undefined
}

export function ProofPanel(props: Props) {
  const host = useHost()
  const device = useSelect((page) => page.device)
  return host.prove && device.state === 'ready' ? <Prover {...props} device={device} host={host} /> : null
}

function Prover({ model, file, device, host }: Props & { device: Device; host: Host }) {
  const [state, setState] = useState<State>({ at: 'idle' })
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => { abort.current?.abort() }, [])
  const begin = (): void => {
    const { signal } = (abort.current = new AbortController())
    setState({ at: 'work' })
    const tell = (progress: ProveProgress): void => { if (!signal.aborted) setState({ at: 'work', progress }) }
    host.prove!({ model, file, signal }, tell).then(
      (proof) => { setState({ at: 'done', proof }) },
      (error: unknown) => { setState({ at: 'idle', ...(!signal.aborted && { problem: (error as Error).message }) }) },
    )
  }
  const stop = (): void => {
    setState({ at: 'work', stopping: true })
    abort.current?.abort()
  }
  return (
    <section className="proof" aria-label={say`Proof`}>
      {state.at === 'idle' && (
        <p className="model-download">
          <span>{say`Are its numbers right here? They are compared with another program’s, on the same file.`}</span>
          <Button variant="default" size="compact-sm" onClick={begin}>{say`Prove it`}</Button>
        </p>
      )}
      {state.at === 'idle' && state.problem !== undefined && <p className="note bad" role="alert">{state.problem}</p>}
      {state.at === 'work' && <Work {...statusOfProof(state.progress, state.stopping ?? false, device)} stop={state.stopping ? undefined : stop} />}
      {state.at === 'done' && <Verdict proof={state.proof} again={begin} />}
    </section>
  )
}

function statusOfProof(progress: ProveProgress | undefined, stopping: boolean, device: Device): Status {
  if (stopping) return { words: say`stopping …`, fraction: 0 }
  if (progress?.phase === 'proving') return { words: `${progress.part}, ${percent(progress.fraction)}`, fraction: progress.fraction }
  return statusOf({ state: 'opening', progress, device, pausing: false, reports: [], evaluations: [], spec: undefined, steps: 0 })
}

function Work({ words, fraction, stop }: Status & { stop: (() => void) | undefined }) {
  return (
    <>
      <div className="progress" role="progressbar" aria-label={say`Proof`} aria-valuemin={0} aria-valuemax={100} aria-valuetext={words}
        aria-valuenow={Math.round(100 * fraction)}>
        <i style={{ transform: `scaleX(${fraction})` }} />
      </div>
      <p className="model-download">
        <span className="tabular">{words}</span>
        <Button variant="default" size="compact-sm" disabled={!stop} onClick={stop}>{say`Cancel`}</Button>
      </p>
    </>
  )
}

function Verdict({ proof, again }: { proof: Proof; again: () => void }) {
  return (
    <>
      <p className="verdict" data-fits={proof.pass} role="status">{verdictOf(proof)}</p>
      <table className="variants proof-figures">
        <caption>{say`on ${proof.device}, against ${proof.about}`}</caption>
        <thead>
          <tr><th scope="col">{say`compared`}</th><th scope="col">{say`found`}</th><th scope="col">{say`allowed`}</th></tr>
        </thead>
        <tbody>
          {figuresOf(proof).map(({ name, found, allowed, fine }) => (
            <tr key={name} data-opened data-wrong={!fine || undefined}><td>{name}</td><td>{found}</td><td>{allowed}</td></tr>
          ))}
        </tbody>
      </table>
      <UnstyledButton className="why proof-again" onClick={again}>{say`prove it again`}</UnstyledButton>
    </>
  )
}
