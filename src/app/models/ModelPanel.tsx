/** Where models come from, a tab each: with the page, from the Hub, from disk, stored here; and what a model is before it is used. */
import { Tabs, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { catalog } from '../../hub/catalog'
import type { Transfer } from '../../hub/transfer'
import { ModelDetails } from './ModelDetails'
import { ModelDisk } from './ModelDisk'
import { ModelSearch } from './ModelSearch'
import { ModelStored } from './ModelStored'
import { later, say } from '../words/say'

/** By `MODEL FILE`. */
export type Transfers = Map<string, Transfer>

/** What the draft has; an empty file is the usual one. */
export interface Chosen {
  model: string
  file: string
}

interface Props {
  chosen: Chosen
  use: (model: string, file: string | undefined) => void
  transfers: Transfers
}

const TABS = [['page', later`With the page`], ['hub', later`From the Hub`], ['disk', later`From disk`], ['stored', later`Stored`]] as const

export function ModelPanel({ chosen, use, transfers }: Props) {
  const [tab, setTab] = useState<string | null>('page')
  const [words, setWords] = useState('')
  const [looked, look] = useState<string>()
  /** After a look at a model the keyboard goes on from the tab that it was found in. */
  const [returned, setReturned] = useState(false)
  const back = (): void => {
    look(undefined)
    setReturned(true)
  }
  if (looked !== undefined) return <ModelDetails model={looked} chosen={chosen} transfers={transfers} use={use} back={back} />
  return (
    <Tabs value={tab} onChange={setTab} keepMounted={false} classNames={{ list: 'drawer-tabs', tab: 'drawer-tab' }}>
      <Tabs.List>
        {TABS.map(([value, title]) => <Tabs.Tab key={value} value={value} autoFocus={returned && value === tab}>{say.of(title)}</Tabs.Tab>)}
      </Tabs.List>
      <Tabs.Panel value="page" className="models-tab">
        <ul className="model-rows">
          {catalog.map(({ id, label, about }) => (
            <li key={id}>
              <UnstyledButton className="model-row" onClick={() => { look(id) }}>
                <b>{label}</b>
                {id === chosen.model && <span className="quiet small-print">{say`chosen`}</span>}
                <span className="model-about">{about}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Tabs.Panel>
      <Tabs.Panel value="hub" className="models-tab"><ModelSearch words={words} setWords={setWords} look={look} /></Tabs.Panel>
      <Tabs.Panel value="disk" className="models-tab"><ModelDisk look={look} /></Tabs.Panel>
      <Tabs.Panel value="stored" className="models-tab"><ModelStored look={look} transfers={transfers} /></Tabs.Panel>
    </Tabs>
  )
}
