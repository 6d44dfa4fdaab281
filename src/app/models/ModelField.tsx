/** The model of the run as a field: what it is called and where it is from; pressing it opens the panel of models. */
import { UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { lazy, Suspense, useRef, useState } from 'react'
import { useSelect, useStoreApi } from '../context'
import { readText } from '../draft'
import { modelLabel, modelSource, withModel } from './models'
import { say } from '../words/say'

const ModelSheet = lazy(() => import('./ModelSheet').then((module) => ({ default: module.ModelSheet })))

export function ModelField({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const model = useSelect((page) => readText(page.draft, 'model'))
  const file = useSelect((page) => readText(page.draft, 'file'))
  const [opened, { open, close }] = useDisclosure(false)
  const button = useRef<HTMLButtonElement>(null)
  /** It was opened once; its dialog comes then. */
  const [seen, setSeen] = useState(false)
  const use = (chosen: string, named: string | undefined): void => {
    store.setState(({ draft }) => ({ draft: withModel(draft, chosen, named), complaint: undefined }))
    close()
  }
  return (
    <div>
      <div className="field-label" id="model-label">{say`Model`}</div>
      <UnstyledButton ref={button} className="model-field" aria-labelledby="model-label model-name" aria-haspopup="dialog" disabled={disabled}
        onClick={() => { setSeen(true); open() }}>
        <span className="model-name" id="model-name">{modelLabel(model)}</span>
        <span className="quiet small-print">{modelSource(model, file)}</span>
        {!disabled && <span className="model-change" aria-hidden="true">{say`change¦the model`}</span>}
      </UnstyledButton>
      {seen && <Suspense fallback={null}><ModelSheet opened={opened} close={close} closed={() => { button.current?.focus() }} chosen={{ model, file }} use={use} /></Suspense>}
    </div>
  )
}
