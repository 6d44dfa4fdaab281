/** The keys, in a sheet. */
import { Kbd, Modal } from '@mantine/core'
import type { Command } from './commands'
import { later, say } from '../words/say'

const SHOWN: Record<string, string> = { space: later`space`, ArrowLeft: '←', ArrowRight: '→' }

export function HelpSheet({ close, commands }: { close: () => void; commands: Command[] }) {
  return (
    <Modal opened onClose={close} title={say`Keys`} size="sm" classNames={{ title: 'serif' }}
      closeButtonProps={{ 'aria-label': say`Close the keys` }}>
      <dl className="keys">
        {commands.map(({ name, what, key }) => key && (
          <div key={name}>
            <dt><Kbd>{say.of(SHOWN[key] ?? key)}</Kbd></dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div><dt><Kbd>{say`space`}</Kbd> <Kbd>←</Kbd> <Kbd>→</Kbd></dt><dd>{say`while a recording is watched: play it, one step back, one on`}</dd></div>
        <div><dt><Kbd>{say`ctrl`}</Kbd> <Kbd>K</Kbd></dt><dd>{say`all commands and lessons, by name`}</dd></div>
      </dl>
    </Modal>
  )
}
