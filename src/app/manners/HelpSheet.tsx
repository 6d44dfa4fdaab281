/** The keys, in a sheet. */
import { Kbd, Modal } from '@mantine/core'
import type { Command } from './commands'

const SHOWN: Record<string, string> = { space: 'space', ArrowLeft: '←', ArrowRight: '→' }

export function HelpSheet({ opened, close, commands }: { opened: boolean; close: () => void; commands: Command[] }) {
  return (
    <Modal opened={opened} onClose={close} title="Keys" size="sm" classNames={{ title: 'serif' }} closeButtonProps={{ 'aria-label': 'Close the keys' }}>
      <dl className="keys">
        {commands.map(({ name, what, key }) => key && (
          <div key={name}>
            <dt><Kbd>{SHOWN[key] ?? key}</Kbd></dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div><dt><Kbd>ctrl</Kbd> <Kbd>K</Kbd></dt><dd>all commands and lessons, by name</dd></div>
      </dl>
    </Modal>
  )
}
