/** The download of a model of the Hub: how much is not here yet; once begun, its rate and time left, pause, going on, giving up. */
import { Button } from '@mantine/core'
import { useState, useSyncExternalStore } from 'react'
import type { RemoteRepository } from '../../hub/remote'
import { Transfer, type TransferState } from '../../hub/transfer'
import { useAnswer } from '../group/answer'
import { bytes, percent } from '../format'
import type { Transfers } from './ModelPanel'
import { paceOf } from '../head/status'
import { later, say } from '../words/say'

interface Props {
  /** `MODEL FILE`: whose download it is. */
  name: string
  repository: RemoteRepository
  paths: string[]
  transfers: Transfers
}

export function ModelDownload({ name, repository, paths, transfers }: Props) {
  const [transfer, setTransfer] = useState(transfers.get(name))
  const missing = useAnswer(transfer ? undefined : name, () => repository.missing(paths))
  if (transfer) {
    const giveUp = (): void => {
      transfers.delete(name)
      void transfer.cancel().finally(() => { setTransfer(undefined) })
    }
    return <Running transfer={transfer} giveUp={giveUp} />
  }
  if (missing.error) return <p className="note bad" role="alert">{missing.error.message}</p>
  if (missing.value === undefined) return null
  if (missing.value === 0) return <p className="quiet">{say`It is stored in this browser.`}</p>
  const begin = (): void => {
    const made = new Transfer(repository, paths)
    transfers.set(name, made)
    setTransfer(made)
    void made.start()
  }
  return (
    <p className="model-download">
      <span>{say`${bytes(missing.value)} are downloaded when the run starts, or now.`}</span>
      <Button variant="default" size="compact-sm" onClick={begin}>{say`Download now`}</Button>
    </p>
  )
}

function Running({ transfer, giveUp }: { transfer: Transfer; giveUp: () => void }) {
  const state = useSyncExternalStore(transfer.subscribe, () => transfer.state)
  const { status, loaded, total, error } = state
  const fraction = total > 0 ? loaded / total : 0
  if (status === 'done') return <p className="quiet" role="status">{say`It is stored in this browser.`}</p>
  return (
    <div className="model-transfer">
      <div className="progress" role="progressbar" aria-label={say`Download`} aria-valuemin={0} aria-valuemax={100}
        aria-valuenow={Math.round(100 * fraction)}>
        <i style={{ transform: `scaleX(${fraction})` }} />
      </div>
      {error && <p className="note bad" role="alert">{error.message}</p>}
      <p className="model-download">
        <span className="tabular">{wordsOf(state)}</span>
        {status === 'running'
          ? <Button variant="default" size="compact-sm" onClick={() => void transfer.pause()}>{say`Pause`}</Button>
          : <Button variant="default" size="compact-sm" onClick={() => void transfer.start()}>{say`Go on`}</Button>}
        <Button variant="default" size="compact-sm" onClick={giveUp}>{say`Give up`}</Button>
      </p>
    </div>
  )
}

const STATUS: Record<TransferState['status'], string> = {
  ready: later`ready`, running: later`running`, paused: later`paused`, done: later`done`, failed: later`failed`,
}

function wordsOf({ status, loaded, total, now, rate, secondsLeft }: TransferState): string {
  const share = total > 0 ? say`${percent(loaded / total)} of ${bytes(total)}` : say`beginning`
  if (status !== 'running') return `${say.of(STATUS[status])}, ${share}`
  if (now?.doing === 'waiting') return `${share}, ${now.why ?? say`waiting`}`
  if (now?.doing === 'checking') return say`${share}, checking what is here`
  return share + paceOf(rate, secondsLeft)
}
