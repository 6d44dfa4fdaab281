/** What this browser keeps of models from the Hub, with its size, and its deletion. */
import { Button, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { browserHub } from '../../hub/browser'
import { deleteStored, storedModels, type StoredModel } from '../../hub/stored'
import { useAnswer } from '../group/answer'
import { bytes } from '../format'
import type { Transfers } from './ModelPanel'
import { say } from '../words/say'

export function ModelStored({ look, transfers }: { look: (model: string) => void; transfers: Transfers }) {
  const [turn, setTurn] = useState(0)
  const [problem, setProblem] = useState<string>()
  const { value, error, asking } = useAnswer(String(turn), async () => {
    const { cache } = await browserHub()
    return { models: cache && (await storedModels(cache)), where: cache?.where }
  })
  const remove = async (id: string | undefined): Promise<void> => {
    try {
      if (id !== undefined) {
        for (const [key, transfer] of transfers) {
          if (!key.startsWith(`${id} `)) continue
          await transfer.pause()
          transfers.delete(key)
        }
      }
      const { cache } = await browserHub()
      if (cache) await deleteStored(cache, id)
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure))
    }
    setTurn((last) => last + 1)
  }
  const words = error?.message ?? problem
  return (
    <div className="fields">
      {words && <p className="note bad" role="alert">{words}</p>}
      {asking && turn === 0 && <p className="quiet">{say`looking …`}</p>}
      {value && !value.models && <p className="quiet">{say`This browser gives the page no storage, as some do in private browsing.`}</p>}
      {value?.models?.length === 0 && <p className="quiet">
        {say`Nothing is stored. Models of the Hub are kept here once they are downloaded.`}</p>}
      {value?.models && value.models.length > 0 && (
        <>
          <ul className="model-rows" aria-label={say`Stored models`}>
            {value.models.map((model) => <Row key={model.id ?? ''} model={model} look={look} remove={remove} />)}
          </ul>
          <p className="quiet small-print">
            {say`${bytes(value.models.reduce((sum, model) => sum + model.bytes, 0))} in ${value.where ?? ''}.`}</p>
        </>
      )}
    </div>
  )
}

function Row({ model, look, remove }: { model: StoredModel; look: (model: string) => void; remove: (id?: string) => Promise<void> }) {
  const [sure, setSure] = useState(false)
  const { id, files } = model
  const part = files.some(({ whole }) => !whole) ? say` · in part` : ''
  const figures = <span className="quiet small-print tabular">{bytes(model.bytes)}{part}</span>
  const name = id ?? say`older files that no model names`
  return (
    <li className="stored-row">
      {id === undefined
        ? <span className="model-row"><span>{name}</span>{figures}</span>
        : <UnstyledButton className="model-row" onClick={() => { look(id) }}><b>{name}</b>{figures}</UnstyledButton>}
      <Button variant="default" size="compact-sm" aria-label={sure ? say`Really delete ${name}` : say`Delete ${name}`}
        onBlur={() => { setSure(false) }} onClick={() => { if (sure) void remove(id); else setSure(true) }}>
        {sure ? say`Really?` : say`Delete`}
      </Button>
    </li>
  )
}
