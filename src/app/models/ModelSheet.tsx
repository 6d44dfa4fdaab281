/** The panel of models in a dialog. */
import { Modal } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { Transfer } from '../../hub/transfer'
import { say } from '../words/say'
import { ModelPanel } from './ModelPanel'

/** Downloads go on while the panel is closed. */
const TRANSFERS = new Map<string, Transfer>()

export function ModelSheet({ opened, close, closed, chosen, use }: {
  opened: boolean
  close: () => void
  /** It is gone: the focus may go back. */
  closed: () => void
  chosen: { model: string; file: string }
  use: (model: string, file: string | undefined) => void
}) {
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false })
  return (
    <Modal opened={opened} onClose={close} returnFocus={false} onExitTransitionEnd={closed} title={say`Choose a model`} size={640} fullScreen={narrow}
      overlayProps={{ backgroundOpacity: 0.35 }}
      closeButtonProps={{ 'aria-label': say`Close` }}
      classNames={{ content: 'models', header: 'models-head', title: 'models-title', body: 'models-body' }}>
      <ModelPanel chosen={chosen} use={use} transfers={TRANSFERS} />
    </Modal>
  )
}
