/** A guide of docs/guides, in a sheet over the page. */
import { Modal } from '@mantine/core'
import { Markdown } from './Markdown'
import { say } from '../words/say'

const TEXTS = import.meta.glob<string>('../../../docs/guides/*.md', { eager: true, query: '?raw', import: 'default' })

export function GuideSheet({ id, close }: { id: string; close: () => void }) {
  const text = Object.entries(TEXTS).find(([path]) => path.endsWith(`/${id}.md`))?.[1]
  return (
    <Modal opened onClose={close} size={760} title="" closeButtonProps={{ 'aria-label': say`Close the guide` }}>
      {text === undefined ? <p>{say`There is no guide “${id}” here.`}</p> : <Markdown text={text} />}
    </Modal>
  )
}
