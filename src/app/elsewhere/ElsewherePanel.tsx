/** Where to compute: this tab, servers that are known, and how one is started on a better machine. */
import './elsewhere.css'
import { Button, Code, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useElsewhere, useSelect, useSettings } from '../context'
import { readText } from '../draft'
import { say } from '../words/say'
import { whatIsSent } from './elsewhere'
import type { KnownServer } from './view'

export function ElsewherePanel() {
  const elsewhere = useElsewhere()
  const { servers, at, moving, trouble } = useSelect((page) => page.elsewhere)
  const model = readText(useSettings(), 'model')
  useEffect(() => { void elsewhere.look() }, [elsewhere])
  return (
    <div className="elsewhere">
      <h3>{say`Where it computes`}</h3>
      <ul>
        <li data-now={at === undefined || undefined}>
          <span><b>{say`this tab`}</b></span>
          <Move to={undefined} at={at} disabled={moving} />
        </li>
        {servers.map((server) => (
          <li key={server.url} data-now={server.url === at || undefined}>
            <span><b>{new URL(server.url).host}</b> <span className="quiet">{wordsOf(server)}</span></span>
            {server.url !== at && <button type="button" className="why" onClick={() => { elsewhere.forget(server.url) }}>{say`forget`}</button>}
            <Move to={server.url} at={at} disabled={moving || server.state !== 'there'} />
          </li>
        ))}
      </ul>
      {trouble !== undefined && <p role="alert" className="elsewhere-trouble">{trouble}</p>}
      <AddServer />
      <p className="quiet small-print">{say`On a machine with a better GPU, in Étude’s folder:`}</p>
      <Code block>npm run serve -- --model {model} --allow-origin {window.location.origin}</Code>
      <p className="quiet small-print">{say`From another machine through a tunnel, then open or paste the address that was printed:`}</p>
      <Code block>ssh -L 7860:127.0.0.1:7860 gpu-machine</Code>
      <p className="quiet small-print">{whatIsSent(model)}</p>
    </div>
  )
}

function wordsOf({ state, words = '' }: KnownServer): string {
  return state === 'asking' ? say`being asked …` : state === 'there' ? say`answers` : words
}

/** A run moves; before there is one, the next will compute there. */
function Move({ to, at, disabled }: { to: string | undefined; at: string | undefined; disabled: boolean }) {
  const elsewhere = useElsewhere()
  const begun = useSelect((page) => page.spec !== undefined && page.reports.length > 0 && page.state !== 'done')
  if (to === at) return <span className="quiet">{say`computes`}</span>
  const words = !begun ? say`compute there` : to === undefined ? say`bring it home` : say`move this run there`
  return <Button variant="default" size="compact-sm" disabled={disabled} onClick={() => void elsewhere.moveTo(to)}>{words}</Button>
}

function AddServer() {
  const elsewhere = useElsewhere()
  const [typed, setTyped] = useState('')
  return (
    <form className="elsewhere-add" onSubmit={(event) => { event.preventDefault(); void elsewhere.add(typed).then(() => { setTyped('') }) }}>
      <TextInput size="sm" autoComplete="off" spellCheck={false} classNames={{ root: 'elsewhere-input', label: 'field-label', input: 'field-input' }}
        label={say`Address of a server, with its token`} placeholder="http://localhost:7860/#token=tml-…" value={typed}
        onChange={(event) => { setTyped(event.currentTarget.value) }} />
      <Button variant="default" size="sm" type="submit" disabled={typed.trim() === ''}>{say`Ask it`}</Button>
    </form>
  )
}
