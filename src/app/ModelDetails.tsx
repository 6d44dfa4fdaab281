/** One model before it is used: what it is, its files, whether it fits, and its download. */
import { Button, UnstyledButton } from '@mantine/core'
import { openHubModel } from '../hub/browser'
import { findModel } from '../hub/catalog'
import type { Variant } from '../hub/listing'
import { NeedsToken } from '../hub/request'
import { useAnswer } from './answer'
import { useHost } from './context'
import { bytes, count, parameters } from './format'
import { ModelDownload } from './ModelDownload'
import { ModelMemory } from './ModelMemory'
import type { Transfers } from './ModelPanel'
import { modelLabel, modelSource, OPENED, pathsOf } from './models'
import { TokenField, useSession } from './TokenField'

interface Props {
  model: string
  chosen: string
  use: (model: string) => void
  back: () => void
  transfers: Transfers
}

export function ModelDetails({ model, chosen, use, back, transfers }: Props) {
  const host = useHost()
  const { token } = useSession()
  const isRemote = !findModel(model) && !model.startsWith('folder:')
  const key = JSON.stringify([model, token])
  const about = useAnswer(key, () => host.describe(model))
  const remote = useAnswer(isRemote ? key : undefined, async () => {
    const repository = await openHubModel(model)
    const [variants, { files }] = [await repository.variants(), await repository.listing()]
    return { repository, variants, paths: pathsOf(files, variants) }
  })
  const unnamed = remote.value && remote.value.variants.length > 0 && remote.value.paths.length === 0
  const error = unnamed ? new Error(`It has no ${OPENED}, the file that is opened; look for a repository that has one.`)
    : about.error ?? remote.error
  const shape = about.value
  return (
    <div className="model-details">
      <UnstyledButton className="why model-back" autoFocus onClick={back}>‹ all models</UnstyledButton>
      <h3 className="serif model-heading">{modelLabel(model)}</h3>
      <p className="quiet">
        {modelSource(model)}
        {shape && ` · ${shape.family} · ${parameters(shape.parameters)} parameters · ${count(shape.contextLength)} tokens of context`}
      </p>
      {findModel(model) && <p>{findModel(model)?.about}</p>}
      {about.asking && !error && <p className="quiet" role="status">reading what it is …</p>}
      {error && <p className="note bad" role="alert">{error.message}</p>}
      {error instanceof NeedsToken && <TokenField />}
      {remote.value && remote.value.variants.length > 0 && <Files variants={remote.value.variants} />}
      {shape && <ModelMemory model={model} />}
      {shape && remote.value && <ModelDownload model={model} {...remote.value} transfers={transfers} />}
      <div className="model-end">
        <Button className="ink" size="sm" disabled={!shape} onClick={() => { use(model) }}>
          {model === chosen ? 'Keep this model' : 'Use this model'}
        </Button>
      </div>
    </div>
  )
}

/** Its ONNX files; a model's name stands for one of them. */
function Files({ variants }: { variants: Variant[] }) {
  return (
    <table className="variants">
      <caption>ONNX files</caption>
      <thead>
        <tr><th scope="col">file</th><th scope="col">precision</th><th scope="col">size</th></tr>
      </thead>
      <tbody>
        {variants.map(({ file, precision, bytes: size }) => (
          <tr key={file} data-opened={file === OPENED || undefined}>
            <td>{file}{file === OPENED && <span className="model-mark">is opened</span>}</td>
            <td>{precision}</td>
            <td>{bytes(size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
