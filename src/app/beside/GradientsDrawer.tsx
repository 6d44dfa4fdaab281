/** Press to check a gradient: any LoRA tensor, or ten at random, against finite differences of the model's own forward pass. */
import './beside.css'
import { Button, MultiSelect } from '@mantine/core'
import { useState } from 'react'
import type { GradientCheck } from '../../policy/host'
import { adapterTensors, checkTensors, GRADIENT_LIMIT } from '../../rl/gradient-check'
import { shuffled } from '../../tasks/random'
import { useSelect } from '../context'
import { useAside } from './useAside'
import { say } from '../words/say'

const MANY = 10
/** Tokens of each completion that the check looks at. */
const LENGTH = 12

export function GradientsDrawer() {
  const absent = useSelect((page) => page.device.state !== 'ready')
  const [names, setNames] = useState<readonly string[]>()
  const [chosen, setChosen] = useState<string[]>([])
  const [wanted, setWanted] = useState<readonly string[]>([])
  const [checks, setChecks] = useState<readonly GradientCheck[]>([])
  const [seed, setSeed] = useState(1)
  const aside = useAside()
  const list = (): void => void aside.ask(async (context) => { setNames(await adapterTensors(context)) })
  const check = (pick: (all: readonly string[]) => readonly string[]): void => {
    setChecks([])
    void aside.ask(async (context, signal) => {
      const all = names ?? (await adapterTensors(context))
      const picked = pick(all)
      setNames(all)
      setWanted(picked)
      await checkTensors(context, picked, { length: LENGTH, seed, signal }, (one) => { setChecks((before) => [...before, one]) })
      setSeed(seed + 1)
    })
  }
  return (
    <div className="drawer-body">
      <p className="drawer-words">
        {say`The engine says how the loss changes when a number of the adapter does. Here each tensor is really moved a little, both ways,
          and the change of the model’s log-probabilities is measured: the two must agree to ${GRADIENT_LIMIT}. The run waits, and goes on
          as if nothing had been.`}
      </p>
      <div className="chat-buttons">
        <Button size="compact-md" disabled={absent || aside.busy}
          onClick={() => { check((all) => shuffled(all.length, seed).slice(0, MANY).map((at) => all[at]!)) }}>{say`Ten at random`}</Button>
        {names
          ? <MultiSelect size="xs" searchable clearable aria-label={say`Tensors`} placeholder={say`or choose`} data={[...names]}
            value={chosen} maxValues={MANY}
              className="tensor-choice" onChange={setChosen} />
          : <Button size="compact-md" variant="default" disabled={absent || aside.busy} onClick={list}>{say`Choose …`}</Button>}
        {chosen.length > 0 && <Button size="compact-md" variant="default" disabled={aside.busy} onClick={() => { check(() => chosen) }}>
          {say`Check these`}</Button>}
        {aside.busy && wanted.length > 0 && <Button size="compact-md" variant="default" onClick={aside.stop}>{say`Stop`}</Button>}
      </div>
      {aside.problem !== undefined && <p className="note bad" role="alert">{aside.problem}</p>}
      {wanted.length > 0 && <Table names={wanted} checks={checks} />}
    </div>
  )
}

/** A relative error that is no number agrees with nothing. */
const agrees = ({ relative }: GradientCheck): boolean => relative <= GRADIENT_LIMIT

function Table({ names, checks }: { names: readonly string[]; checks: readonly GradientCheck[] }) {
  return (
    <table className="variants gradients" aria-live="polite">
      <thead>
        <tr><th scope="col">{say`tensor`}</th><th scope="col">{say`differences / gradient`}</th><th scope="col">{say`relative error`}</th>
          <th scope="col">{say`step¦of a difference`}</th></tr>
      </thead>
      <tbody>
        {names.map((name) => {
          const check = checks.find((one) => one.name === name)
          return (
            <tr key={name} data-wrong={check && !agrees(check) ? true : undefined}>
              <td>{name.replace('base_model.model.', '')}</td>
              <td>{check ? check.measured.toFixed(6) : '…'}</td>
              <td>{check ? `${check.relative.toExponential(1)} ${agrees(check) ? '✓' : '✗'}` : ''}</td>
              <td>{check ? check.step.toExponential(1) : ''}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
