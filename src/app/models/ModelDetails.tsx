/** One model before it is used: what it is, its files, whether it fits, and its download. */
import { Button, UnstyledButton } from '@mantine/core'
import { useId, useState } from 'react'
import { openHubModel } from '../../hub/browser'
import { findModel } from '../../hub/catalog'
import { listFiles } from '../../hub/files'
import { USUAL, usualFile, variants, type Variant } from '../../hub/listing'
import { NeedsToken } from '../../hub/request'
import { useAnswer } from '../group/answer'
import { useHost } from '../context'
import { bytes, count, parameters } from '../format'
import { ModelDownload } from './ModelDownload'
import { ModelMemory } from './ModelMemory'
import type { Chosen, Transfers } from './ModelPanel'
import { modelLabel, modelSource, pathsOf } from './models'
import { ProofPanel } from './ProofPanel'
import { TokenField, useSession } from './TokenField'
import { say } from '../words/say'

interface Props {
  model: string
  chosen: Chosen
  use: (model: string, file: string | undefined) => void
  back: () => void
  transfers: Transfers
}

export function ModelDetails({ model, chosen, use, back, transfers }: Props) {
  const host = useHost()
  const { token, folders } = useSession()
  const [picked, setPicked] = useState(model === chosen.model && chosen.file !== '' ? chosen.file : undefined)
  const isRemote = !findModel(model) && !model.startsWith('folder:')
  const remote = useAnswer(isRemote ? JSON.stringify([model, token]) : undefined, async () => {
    const repository = await openHubModel(model)
    const [files, { files: listed }] = [await repository.variants(), await repository.listing()]
    return { repository, files, listed }
  })
  const files = remote.value?.files ?? variants(listFiles(folders[model] ?? []))
  const file = picked ?? usualFile(files)
  const opened = files.find((each) => each.file === file)
  const about = useAnswer(isRemote && !remote.value ? undefined : JSON.stringify([model, token, file]), () => host.describe(model, file))
  const error = remote.error ?? about.error
  const shape = about.value
  const same = model === chosen.model && (file ?? USUAL) === (chosen.file || USUAL)
  return (
    <div className="model-details">
      <UnstyledButton className="why model-back" autoFocus onClick={back}>{say`‹ all models`}</UnstyledButton>
      <h3 className="serif model-heading">{modelLabel(model)}</h3>
      <p className="quiet">
        {modelSource(model)}
        {shape && say` · ${shape.family} · ${parameters(shape.parameters)} parameters · ${count(shape.contextLength)} tokens of context`}
      </p>
      {findModel(model) && <p>{findModel(model)?.about}</p>}
      {files.length > 0 && <Files files={files} file={file} pick={setPicked} />}
      {!shape && !error && <p className="quiet" role="status">{say`reading what it is …`}</p>}
      {error && <p className="note bad" role="alert">{error.message}</p>}
      {error instanceof NeedsToken && <TokenField />}
      {shape?.notices?.map((notice) => <p key={notice} className="note">{notice}</p>)}
      {shape && <ModelMemory model={model} file={file} />}
      {shape && remote.value && opened && (
        <ModelDownload key={file} name={`${model} ${opened.file}`} repository={remote.value.repository}
          paths={pathsOf(remote.value.listed, opened)} transfers={transfers} />
      )}
      {shape && <ProofPanel key={JSON.stringify([model, file])} model={model} file={file} />}
      <div className="model-end">
        <Button className="ink" size="sm" disabled={!shape} onClick={() => { use(model, file) }}>
          {same ? say`Keep this model` : say`Use this model`}
        </Button>
      </div>
    </div>
  )
}

/** Its ONNX files, of which one is opened. */
function Files({ files, file: chosen, pick }: { files: Variant[]; file: string | undefined; pick: (file: string) => void }) {
  const group = useId()
  return (
    <table className="variants">
      <caption>{say`ONNX files`}</caption>
      <thead>
        <tr><th scope="col">{say`file`}</th><th scope="col">{say`precision`}</th><th scope="col">{say`size`}</th></tr>
      </thead>
      <tbody>
        {files.map(({ file, precision, bytes: size }) => (
          <tr key={file} data-opened={file === chosen || undefined}>
            <td>
              <label className="variant">
                <input type="radio" name={group} checked={file === chosen} onChange={() => { pick(file) }} />
                <span>{file}</span>
              </label>
            </td>
            <td>{precision}</td>
            <td>{bytes(size)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
