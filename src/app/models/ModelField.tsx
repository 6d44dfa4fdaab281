/** The model of the run as a field: what it is called and where it is from; pressing it opens the panel of models. */
import { Modal, UnstyledButton } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense, useState } from 'react'
import type { Transfer } from '../../hub/transfer'
import { useSelect, useStoreApi } from '../context'
import { readText } from '../draft'
import { modelLabel, modelSource, withModel } from './models'

const ModelPanel = lazy(() => import('./ModelPanel').then((module) => ({ default: module.ModelPanel })))

export function ModelField({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const model = useSelect((page) => readText(page.draft, 'model'))
  const file = useSelect((page) => readText(page.draft, 'file'))
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  const [opened, { open, close }] = useDisclosure(false)
  // downloads go on while the panel is closed
  const [transfers] = useState(() => new Map<string, Transfer>())
  const use = (chosen: string, named: string | undefined): void => {
    store.setState(({ draft }) => ({ draft: withModel(draft, chosen, named), complaint: undefined }))
    close()
  }
  return (
    <div>
      <div className="field-label" id="model-label">Model</div>
      <UnstyledButton className="model-field" aria-labelledby="model-label model-name" aria-haspopup="dialog" disabled={disabled}
        onClick={open}>
        <span className="model-name" id="model-name">{modelLabel(model)}</span>
        <span className="quiet small-print">{modelSource(model, file)}</span>
        {!disabled && <span className="model-change" aria-hidden="true">change</span>}
      </UnstyledButton>
      <Modal opened={opened} onClose={close} title="Choose a model" size={640} fullScreen={narrow} overlayProps={{ backgroundOpacity: 0.35 }}
        closeButtonProps={{ 'aria-label': 'Close' }} classNames={{ content: 'models', header: 'models-head', title: 'models-title', body: 'models-body' }}>
        <Suspense fallback={null}><ModelPanel chosen={{ model, file }} use={use} transfers={transfers} /></Suspense>
      </Modal>
    </div>
  )
}
