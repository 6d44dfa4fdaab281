/** The model of the run as a field: what it is called and where it is from; pressing it opens the panel of models. */
import { Modal, UnstyledButton } from '@mantine/core'
import { useDisclosure, useMediaQuery } from '@mantine/hooks'
import { lazy, Suspense } from 'react'
import type { Transfer } from '../../hub/transfer'
import { useSelect, useStoreApi } from '../context'
import { readText } from '../draft'
import { modelLabel, modelSource, withModel } from './models'
import { say } from '../words/say'

const ModelPanel = lazy(() => import('./ModelPanel').then((module) => ({ default: module.ModelPanel })))

/** Downloads go on while the panel is closed. */
const TRANSFERS = new Map<string, Transfer>()

export function ModelField({ disabled }: { disabled: boolean }) {
  const store = useStoreApi()
  const model = useSelect((page) => readText(page.draft, 'model'))
  const file = useSelect((page) => readText(page.draft, 'file'))
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  const [opened, { open, close }] = useDisclosure(false)
  const use = (chosen: string, named: string | undefined): void => {
    store.setState(({ draft }) => ({ draft: withModel(draft, chosen, named), complaint: undefined }))
    close()
  }
  return (
    <div>
      <div className="field-label" id="model-label">{say`Model`}</div>
      <UnstyledButton className="model-field" aria-labelledby="model-label model-name" aria-haspopup="dialog" disabled={disabled}
        onClick={open}>
        <span className="model-name" id="model-name">{modelLabel(model)}</span>
        <span className="quiet small-print">{modelSource(model, file)}</span>
        {!disabled && <span className="model-change" aria-hidden="true">{say`change¦the model`}</span>}
      </UnstyledButton>
      <Modal opened={opened} onClose={close} title={say`Choose a model`} size={640} fullScreen={narrow}
        overlayProps={{ backgroundOpacity: 0.35 }}
        closeButtonProps={{ 'aria-label': say`Close` }}
        classNames={{ content: 'models', header: 'models-head', title: 'models-title', body: 'models-body' }}>
        <Suspense fallback={null}><ModelPanel chosen={{ model, file }} use={use} transfers={TRANSFERS} /></Suspense>
      </Modal>
    </div>
  )
}
